import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Testing

/// Ends of connections: by either side, for breaking the protocol, and when the gateway goes down.
@Suite struct WebSocketClosingTests {
  private static func frame(_ frame: TestFrame, _ change: (inout TestFrame) -> Void) -> TestFrame {
    var frame = frame
    change(&frame)
    return frame
  }

  /// What a client must not send, and the code that it gets.
  private static let failures: [(name: String, frames: [TestFrame], code: UInt16)] = [
    ("RSV1", [frame(.text("{}")) { $0.reserved = 4 }], 1002),
    ("RSV2", [frame(.text("{}")) { $0.reserved = 2 }], 1002),
    ("RSV3", [frame(.text("{}")) { $0.reserved = 1 }], 1002),
    ("opcode 3", [TestFrame(3)], 1002),
    ("opcode 11", [TestFrame(11)], 1002),
    ("unmasked", [frame(.text("{}")) { $0.mask = nil }], 1002),
    ("a fragmented ping", [frame(.ping()) { $0.isFinal = false }], 1002),
    ("a long ping", [.ping(String(repeating: "x", count: 126))], 1002),
    ("a continuation of nothing", [TestFrame(TestFrame.Opcode.continuation)], 1002),
    (
      "a message inside another",
      [frame(.text("{")) { $0.isFinal = false }, .text("}")], 1002
    ),
    ("half a close code", [TestFrame(TestFrame.Opcode.close, [3])], 1002),
    ("a close code that is none", [.close(1005)], 1002),
    ("bad UTF-8", [TestFrame(TestFrame.Opcode.text, [0x7b, 0xff, 0x7d])], 1007),
    ("half a character", [TestFrame(TestFrame.Opcode.text, [0xc3])], 1007),
    ("binary", [TestFrame(TestFrame.Opcode.binary, [1, 2])], 1003),
    ("a frame of over 1 MiB", [.text(String(repeating: " ", count: 1 << 20 + 1))], 1009),
    ("the announcement of 2^62 bytes", [frame(.text("")) { $0.announced = 1 << 62 }], 1009),
    ("a length of 2^63", [frame(.text("")) { $0.announced = 1 << 63 }], 1002),
    (
      "fragments of over 1 MiB",
      [
        frame(.text(String(repeating: " ", count: 1 << 19))) { $0.isFinal = false },
        TestFrame(TestFrame.Opcode.continuation, Array(repeating: 0x20, count: 1 << 19 + 1)),
      ], 1009
    ),
  ]

  @Test(arguments: failures.indices, ChatWebSocket.routes)
  func aBrokenProtocolHasItsCode(failure: Int, route: String) async throws {
    let (name, frames, code) = Self.failures[failure]
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway, route, session: "s")
      let other = try await ChatWebSocket(gateway, route, session: "s")
      for frame in frames { await chat.socket.send(frame) }
      let close = try await chat.receiveClose()
      #expect(close.code == code, "\(name)")
      #expect(!close.reason.isEmpty, "\(name)")
      await other.say("ping")
      _ = try await other.take("pong")
      try await eventually("it is out of the list") {
        try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 1
      }
    }
  }

  /// A message of just 1 MiB is taken.
  @Test func theLargestMessage() async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway)
      let ping = #"{"type":"ping"}"#
      await chat.socket.send(ping + String(repeating: " ", count: 1 << 20 - ping.utf8.count))
      _ = try await chat.take("pong")
    }
  }

  /// The client's code comes back.
  @Test(arguments: [1000, 1001, 3000, 4999] as [UInt16])
  func theClientCloses(code: UInt16) async throws {
    try await withGateway { gateway, _ in
      let chat = try await ChatWebSocket(gateway)
      #expect(try await chat.socket.close(code) == code)
    }
  }

  /// However a client leaves, nothing of it stays.
  @Test func leavingInEveryWay() async throws {
    let quick = Intervals(socketPing: .seconds(2))
    try await withGateway(intervals: quick) { gateway, _ in
      for way in 0..<4 {
        let chat = try await ChatWebSocket(gateway)
        switch way {
        case 0: try await chat.socket.close()
        case 1: await chat.socket.kill()
        case 2: await chat.socket.shutDown()
        // Two pings without a pong.
        default: await chat.socket.fallSilent()
        }
        try await eventually("nothing is left, way \(way)") {
          try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0
        }
      }
    }
  }

  /// A client that sends pongs stays, longer than one that does not.
  @Test("A client that answers pings stays") func pings() async throws {
    let quick = Intervals(socketPing: .seconds(4))
    try await withGateway(intervals: quick) { gateway, _ in
      let socket = try await TestWebSocket.connect(gateway.port)
      _ = try await socket.receiveJSON()
      for _ in 0..<4 { #expect(try await socket.receive() == .ping([])) }
      #expect(try await socket.close() == 1000)
    }
  }

  // MARK: Going down

  /// Runs `body` with a gateway that is going down, after `prepare`.
  private func drain<State>(
    _ timeout: Duration, prepare: (RunningGateway) async throws -> State,
    body: (ScriptedOllama, State) async throws -> Void
  ) async throws {
    let ollama = try ScriptedOllama.pausing()
    defer { ollama.stop() }
    let gateway = try await RunningGateway(ollama: ollama.port) { $0.drainTimeout = timeout }
    let state: State
    do {
      state = try await prepare(gateway)
    } catch {
      await gateway.stop()
      throw error
    }
    async let stopped: Void = gateway.stop()
    try await eventually("the gateway goes down") { gateway.gateway.services.isDraining }
    try await body(ollama, state)
    await stopped
  }

  @Test func goingDownAfterTheGeneration() async throws {
    try await drain(.seconds(60)) { gateway in
      let idle = try await ChatWebSocket(gateway)
      let chat = try await ChatWebSocket(gateway, "/api/v1/chat/ws", session: "s")
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      await chat.chat("will not have its turn")
      _ = try await chat.take("message_queued")
      return (idle, chat)
    } body: { ollama, sockets in
      // One that waits for nothing closes at once.
      let close = try await sockets.0.receiveClose()
      #expect(close.code == 1001 && close.reason.contains("shutting down"))
      #expect(try await sockets.1.take("error")["code"] == "service_unavailable")
      ollama.open("go")
      #expect(try await sockets.1.receive(through: "stream_end").last?["full_response"] == "One two three")
      #expect(try await sockets.1.receiveClose().code == 1001)
    }
  }

  @Test func goingDownAtTheEndOfTheDrainTime() async throws {
    try await drain(.milliseconds(100)) { gateway in
      let chat = try await ChatWebSocket(gateway)
      await chat.chat()
      while try await chat.receive()["seq"] != 2 {}
      return chat
    } body: { _, chat in
      let close = try await chat.receiveClose()
      #expect(close.code == 1001 && close.reason.contains("shutting down"))
    }
  }
}
