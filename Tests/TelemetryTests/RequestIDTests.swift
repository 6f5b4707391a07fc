import Testing

@testable import Telemetry

@Suite struct RequestIDTests {
  @Test(arguments: ["a", "!~", "550e8400-e29b-41d4-a716-446655440000", String(repeating: "x", count: 128)])
  func visibleASCIIIsTaken(_ id: String) { #expect(RequestID.isAcceptable(id)) }

  @Test(arguments: ["", " ", "a b", "a\n", "a\u{7f}", "é", "a\u{0}", String(repeating: "x", count: 129)])
  func othersAreNot(_ id: String) { #expect(!RequestID.isAcceptable(id)) }
}
