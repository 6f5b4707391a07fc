import Testing

@testable import Telemetry

@Suite struct RequestIDTests {
  @Test(arguments: ["a", "!~", "550e8400-e29b-41d4-a716-446655440000", String(repeating: "x", count: 128)])
  func visibleASCIIIsTaken(_ id: String) { #expect(RequestID.isAcceptable(id)) }

  @Test(arguments: ["", " ", "a b", "a\n", "a\u{7f}", "é", "a\u{0}", String(repeating: "x", count: 129)])
  func othersAreNot(_ id: String) { #expect(!RequestID.isAcceptable(id)) }

  @Test func newIdsAre128BitsOfHexAndDiffer() {
    var generator = RequestIDGenerator()
    var other = RequestIDGenerator()
    var seen: Set<String> = []
    for _ in 0..<5000 {
      for id in [generator.next(), other.next()] {
        #expect(id.utf8.count == 32 && id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        seen.insert(id)
      }
    }
    #expect(seen.count == 10_000)
    #expect(seen.allSatisfy(RequestID.isAcceptable))
  }

  /// Known answers of the reference implementation for the state 1, 2, 3, 4.
  @Test func itIsXoshiro() {
    var generator = RequestIDGenerator(seed: (1, 2, 3, 4))
    // 11520 and 0, 1509978240 and 1215971899390074240.
    #expect(generator.next() == "0000000000002d000000000000000000")
    #expect(generator.next() == "000000005a00708010e0000000009d80")
  }
}
