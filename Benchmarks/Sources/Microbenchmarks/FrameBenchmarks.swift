import Benchmark
import System
import WebSocket

/// WebSocket frames, as the gateway writes and reads them.
func frameBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "WebSocket") { suite in
    let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 64)
    suite.benchmark("a frame of 64 bytes out") {
      var engine = WebSocketEngine(role: .server, at: .now)
      for _ in 0..<repetitions {
        precondition(engine.send(.text) { $0.append(contentsOf: payload) } == .queued)
        engine.consume(engine.pendingBytes)
      }
      precondition(!engine.hasPending)
    }
    suite.benchmark("a masked frame of 64 bytes in") {
      var frame: [UInt8] = []
      payload.withUnsafeBytes { FrameEncoder(role: .client).append(.text, $0, to: &frame) }
      var parser = FrameParser(role: .server, frameBytes: 1 << 20, messageBytes: 1 << 20)
      var bytes = 0
      for _ in 0..<repetitions {
        // The parser unmasks where the frame lies.
        var copy = frame
        try copy.withUnsafeMutableBytes { copy in
          var input = copy
          guard case .data(_, let piece, isFirst: true, isLast: true)? = try parser.next(from: &input) else {
            return
          }
          bytes += piece.count
        }
      }
      precondition(bytes == repetitions * payload.count)
    }
  }
}
