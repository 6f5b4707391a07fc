import Sessions
import Testing

@Suite struct SessionIDTests {
  @Test(arguments: ["a", "A-z_0.9", "..", String(repeating: "x", count: 128)])
  func takes(_ text: String) {
    #expect(SessionID(text)?.description == text)
  }

  @Test(arguments: ["", " ", "a b", "a/b", "é", "a\n", "a\0", "a:b", String(repeating: "x", count: 129)])
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

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_795_444_102_877, "2026-11-23T14:28:22.877Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_005, "2000-02-29T00:00:00.005Z"),
    ] as [(Int64, String)])
  func timestamps(_ milliseconds: Int64, _ expected: String) {
    #expect(Timestamp(millisecondsSince1970: milliseconds).description == expected)
  }
}
