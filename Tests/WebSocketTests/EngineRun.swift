import System
import WebSocket

/// An engine with a socket made of arrays and a clock that the test turns.
final class EngineRun {
  var engine: WebSocketEngine
  private(set) var received: [Received] = []
  private(set) var closures: [WebSocketClosure] = []
  var now: MonotonicTime

  init(_ role: WebSocketRole = .server, limits: WebSocketLimits = WebSocketLimits()) {
    now = MonotonicTime(nanoseconds: 0)
    engine = WebSocketEngine(role: role, limits: limits, at: now)
  }

  func take(_ bytes: some Collection<UInt8>) {
    var copy = Array(bytes)
    copy.withUnsafeMutableBytes { buffer in
      var input = buffer
      while let event = engine.next(from: &input, at: now) { note(event) }
    }
  }

  func take(_ bytes: [UInt8], cutEvery length: Int) {
    for start in stride(from: 0, to: bytes.count, by: length) {
      take(bytes[start..<min(start + length, bytes.count)])
    }
  }

  /// What waits, as if the socket took it.
  func write(atMost bound: Int = .max) -> [UInt8] {
    let bytes = engine.withPending { Array($0.prefix(bound)) }
    engine.consume(bytes.count)
    return bytes
  }

  /// What waits, read by the other end.
  func written() -> [Received] {
    parsed(write(), role: engine.role == .server ? .client : .server, messageBytes: .max)
  }

  func send(_ text: String) -> SendOutcome { engine.send(text: text) }

  func send(_ count: Int) -> SendOutcome {
    [UInt8](repeating: 1, count: count).withUnsafeBytes { engine.send(.binary, $0) }
  }

  /// As text, made in its place.
  func send(writing payload: [UInt8]) -> SendOutcome {
    engine.send(.text) { $0 += payload }
  }

  func tick(after duration: Duration) -> WebSocketEngine.Tick {
    now = now + duration
    return engine.tick(at: now)
  }

  private func note(_ event: WebSocketEvent) {
    switch event {
    case .message(let kind, let payload): received.append(.message(kind, Array(payload)))
    case .ping(let payload): received.append(.ping(Array(payload)))
    case .pong(let payload): received.append(.pong(Array(payload)))
    case .closed(let closure):
      closures.append(closure)
      if case .failure(let failure) = closure.cause {
        received.append(.failure(failure))
      } else {
        received.append(.close(closure.code?.rawValue, Array(closure.reason.utf8)))
      }
    }
  }
}

/// What the macros of the tests cannot ask an engine itself, as it cannot be copied.
extension EngineRun {
  var phase: WebSocketEngine.Phase { engine.phase }
  var isFinished: Bool { engine.isFinished }
  var heldBytes: Int { engine.heldBytes }
  var pendingBytes: Int { engine.pendingBytes }
  var hasPending: Bool { engine.hasPending }
  var isCongested: Bool { engine.isCongested }
  var deadline: MonotonicTime { engine.deadline }

  @discardableResult
  func consume(_ length: Int) -> Bool { engine.consume(length) }
}
