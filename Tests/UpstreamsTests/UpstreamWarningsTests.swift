import System
import Testing

@testable import Upstreams

@Suite struct UpstreamWarningsTests {
  @Test func oneInAWhile() {
    let log = RecordedLog()
    let warnings = UpstreamWarnings(logger: log.logger)
    let start = MonotonicTime.now
    for second in 0..<25 { warnings.note("gone", of: "http://a", at: start + .seconds(second)) }
    #expect(
      log.messages == [
        "Ollama http://a: gone", "Ollama http://a: gone; 9 more failures since the last warning",
        "Ollama http://a: gone; 9 more failures since the last warning",
      ])
  }
}
