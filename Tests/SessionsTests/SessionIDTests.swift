import Sessions
import Testing

@Suite struct SessionIDTests {
  @Test(
    "What is a session's name is taken",
    arguments: ["a", "A-z_0.9", "...", "..a", ".a", "a.", "-", String(repeating: "x", count: 128)])
  func takes(_ text: String) {
    #expect(SessionID(text)?.description == text)
  }

  @Test(
    "What is no session's name is refused",
    arguments: [
      "", ".", "..", "adopt", " ", "a b", "a/b", "é", "a\n", "a\0", "a:b", String(repeating: "x", count: 129),
    ])
  func refuses(_ text: String) {
    #expect(SessionID(text) == nil)
  }

  @Test func randomOnesAreUUIDsAndDiffer() throws {
    var seen: Set<SessionID> = []
    for _ in 0..<1000 {
      let id = SessionID.random()
      #expect(
        id.description.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
          != nil)
      #expect(SessionID(id.description) == id)
      seen.insert(id)
    }
    #expect(seen.count == 1000)
  }
}
