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
import Glibc
import Testing

/// Many sockets at once.
@Suite(.serialized) struct WebSocketLoadTests {
  /// On a busy machine the gateway's own pings would come in between, or not have their pongs in time.
  private static let quiet = Intervals(socketPing: .seconds(600))

  private func sockets(_ count: Int, _ port: UInt16) async throws -> [ChatWebSocket] {
    try await withThrowingTaskGroup(of: ChatWebSocket.self) { group in
      for number in 0..<count {
        group.addTask {
          try await ChatWebSocket(port, ChatWebSocket.routes[number % 2], session: "s\(number)")
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  /// A thousand generations of 20 tokens a second: every chunk of each arrives, in order, on its own socket.
  @Test func aThousandGenerationsAtOnce() async throws {
    let ollama = try ScriptedOllama { request in
      let name = request.json["messages"][0]["content"].string ?? ""
      return .chat((0..<40).map { "\(name):\($0) " }, every: .milliseconds(50))
    }
    try await withGateway(ollama: ollama, intervals: Self.quiet) { gateway, ollama in
      let sockets = try await sockets(1000, gateway.port)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for socket in sockets {
          group.addTask {
            let name = socket.connection["session_id"].string ?? ""
            await socket.chat(name)
            let events = try await socket.receive(through: "stream_end")
            #expect(events.streamedText == (0..<40).map { "\(name):\($0) " }.joined())
            #expect(events.compactMap { $0["seq"].int } == Array(1...41))
            #expect(events.last?["full_response"].string == events.streamedText)
          }
        }
        try await group.waitForAll()
      }
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == 1000)
    }
  }

  /// Idle ones respond, and leave nothing behind.
  @Test func twoThousandIdleSockets() async throws {
    try await withGateway(intervals: Self.quiet) { gateway, _ in
      let sockets = try await sockets(2000, gateway.port)
      for socket in sockets { await socket.socket.send(.ping("there?")) }
      for socket in sockets { #expect(try await socket.socket.receive() == .pong(Array("there?".utf8))) }
      #expect(try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 2000)
      for (number, socket) in sockets.enumerated() {
        if number.isMultiple(of: 2) { try await socket.socket.close() } else { await socket.socket.kill() }
      }
      try await eventually("none is left") {
        try await TestClient.get(gateway.port, "/api/v1/chat/connections").json["count"] == 0
      }
    }
  }

  /// A sanitizer's own memory hides what is measured.
  private static let hasSanitizer = getenv("TSAN_OPTIONS") != nil || getenv("ASAN_OPTIONS") != nil

  /// An idle socket costs at most 10 KiB of the program, and closing gives most of it back to the kernel.
  @Test(.disabled(if: hasSanitizer)) func memoryOfIdleSockets() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let gateway = try await GatewayProcess.start(ollama: ollama.port)
    // What is taken once, whatever comes: code that was never run, tables that grow.
    for socket in try await sockets(100, gateway.port) { try await socket.socket.close() }
    let before = gateway.residentBytes
    let count = 3000
    // Not all at once: until its handshake is over a connection has all the memory of an HTTP connection.
    var idle: [ChatWebSocket] = []
    while idle.count < count { idle += try await sockets(100, gateway.port) }
    for socket in idle { await socket.socket.send(.ping()) }
    for socket in idle { #expect(try await socket.socket.receive() == .pong([])) }
    let grown = gateway.residentBytes - before
    #expect(grown <= count * 10 * 1024, "\(grown / count) bytes a socket")
    for socket in idle { try await socket.socket.close() }
    try await eventually("memory is given back", state: { "\(grown), \(gateway.residentBytes - before)" }) {
      gateway.residentBytes - before <= grown / 3
    }
    #expect(try await gateway.stop() == 0)
  }
}
