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

  @Test func escapesHideNothing() {
    let key = KeyText()
    #expect(KeyRedaction.path("/x/%73%6b%2dog-\(key.text.dropFirst(6))") == "/x/sk-og-\(key.id)-…")
    #expect(KeyRedaction.path("/k%65y/" + String(repeating: "c", count: 40)) == "/key/…")
    #expect(KeyRedaction.path("/a%2Fb/%zz") == "/a%2Fb/%zz" && KeyRedaction.path("/a%2Fb") == "/a%2Fb")
  }

  @Test func inPathsOfLiteLLMNothingStays() {
    let custom = String(repeating: "c", count: 40)
    #expect(KeyRedaction.path("/key/\(custom)/regen") == "/key/…")
    #expect(KeyRedaction.path("/key/") == "/key/" && KeyRedaction.path("/key") == "/key")
    #expect(
      KeyRedaction.path("/api/v1/admin/keys/\(KeyText(id: KeyID("4fXc0aQ2mZ9T")!).text)")
        == "/api/v1/admin/keys/sk-og-4fXc0aQ2mZ9T-…")
    // Where a public part belongs, what is longer may be a key that was made elsewhere.
    #expect(KeyRedaction.path("/api/v1/admin/keys/\(custom)/rotate") == "/api/v1/admin/keys/…")
    #expect(
      KeyRedaction.path("/api/v1/admin/keys/4fXc0aQ2mZ9T/rotate") == "/api/v1/admin/keys/4fXc0aQ2mZ9T/rotate")
    #expect(KeyRedaction.path("/api/v1/admin/keys") == "/api/v1/admin/keys")
  }
}
