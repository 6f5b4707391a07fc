import Testing

@testable import Telemetry

@Suite struct TraceIDGeneratorTests {
  @Test func newIDsAre128BitsOfHexAndDiffer() {
    var generator = TraceIDGenerator()
    var other = TraceIDGenerator()
    var seen: Set<String> = []
    for _ in 0..<5000 {
      for id in [generator.traceID().description, other.traceID().description] {
        #expect(id.utf8.count == 32 && id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        seen.insert(id)
      }
    }
    #expect(seen.count == 10_000)
    #expect(seen.allSatisfy(RequestID.isAcceptable))
  }

  /// Known answers of the reference implementation for the state 1, 2, 3, 4.
  @Test func itIsXoshiro() {
    var generator = TraceIDGenerator(seed: (1, 2, 3, 4))
    // 11520 and 0, 1509978240 and 1215971899390074240.
    #expect(generator.traceID().description == "0000000000002d000000000000000000")
    #expect(generator.traceID().description == "000000005a00708010e0000000009d80")
  }

  /// The second word of this state is zero, and a span of that name would be none.
  @Test func noSpanIsZero() {
    var generator = TraceIDGenerator(seed: (1, 2, 3, 4))
    #expect(generator.spanID() == 11520)
    #expect(generator.spanID() == 1_509_978_240)
  }
}
