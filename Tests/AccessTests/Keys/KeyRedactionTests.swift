import Testing

@testable import Access

@Suite struct KeyRedactionTests {
  @Test func thePublicPartStays() {
    let key = KeyText()
    #expect(KeyRedaction.text("/x/\(key.text)/y?\(key.text)") == "/x/sk-og-\(key.id)-…/y?sk-og-\(key.id)-…")
    // Whatever begins as one.
    #expect(KeyRedaction.text("sk-og-") == "sk-og-")
    #expect(KeyRedaction.text("sk-og-4fXc") == "sk-og-4fXc")
    #expect(KeyRedaction.text("sk-og-4fXc0aQ2mZ9T-secret-and-more/") == "sk-og-4fXc0aQ2mZ9T-…/")
    #expect(KeyRedaction.text("sk-og-sk-og-sk-og-sk-og-sk-og-") == "sk-og-sk-og-sk-og-s…")
    #expect(KeyRedaction.text("/api/tags") == "/api/tags" && KeyRedaction.text("") == "")
  }

  @Test func inPathsOfLiteLLMNothingStays() {
    let custom = String(repeating: "c", count: 40)
    #expect(KeyRedaction.path("/key/\(custom)/regen") == "/key/…")
    #expect(KeyRedaction.path("/key/") == "/key/" && KeyRedaction.path("/key") == "/key")
    #expect(
      KeyRedaction.path("/api/v1/admin/keys/\(KeyText(id: KeyID("4fXc0aQ2mZ9T")!).text)")
        == "/api/v1/admin/keys/sk-og-4fXc0aQ2mZ9T-…")
  }
}
