import Testing

@testable import Telemetry

@Suite struct RequestIDTests {
  @Test(arguments: ["a", "!~", "550e8400-e29b-41d4-a716-446655440000", String(repeating: "x", count: 128)])
  func visibleASCIIIsTaken(_ id: String) { #expect(RequestID.isAcceptable(id)) }

  @Test(arguments: ["", " ", "a b", "a\n", "a\u{7f}", "é", "a\u{0}", String(repeating: "x", count: 129)])
  func othersAreNot(_ id: String) { #expect(!RequestID.isAcceptable(id)) }

  @Test func theTextIsTheSameInAllForms() throws {
    let traceID = try #require(TraceID(upper: 0x0af7_6519_16cd_43dd, lower: 0x8448_eb21_1c80_319c))
    for (id, text) in [
      (RequestID.taken("proxys-own"), "proxys-own"), (.taken(String(repeating: "x", count: 128)), nil),
      (.made(traceID), "0af7651916cd43dd8448eb211c80319c"),
    ] {
      var written = ""
      id.withText { written = String(decoding: $0, as: UTF8.self) }
      #expect(written == id.description && written == text ?? String(repeating: "x", count: 128))
    }
  }
}
