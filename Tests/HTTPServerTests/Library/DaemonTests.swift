import EventLoop
import GatewayTesting
import System
import Testing

@testable import HTTPServer

/// More connections than one daemon of the library takes.
@Suite struct DaemonTests {
  private static let count = 3 * Daemon.connectionLimit + 5

  private static func request(_ number: Int) -> [UInt8] {
    Array("GET /\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
  }

  /// Each exchange keeps its connection suspended until all have come.
  @Test func shareThemAndGoWithThem() async throws {
    let waiting = Lock<[LoopBound<ServerExchange>]>([])
    try await withServer({ exchange in
      waiting.withLock { $0.append(LoopBound(exchange, to: exchange.connection.server.loop)) }
    }) { server in
      let swarm = try StreamSwarm(server.port, count: Self.count, collectLimit: 16) { Self.request($0) }
      try await eventually("all requests wait") { waiting.withLock { $0.count } == Self.count }
      #expect(await server.daemonCount == 4)
      server.loop.execute {
        for exchange in waiting.withLock({ $0 }) {
          exchange.value.respond(.text(exchange.value.request.target))
        }
        waiting.withLock { $0 = [] }
      }
      let outcomes = try await swarm.finish()
      #expect(outcomes.enumerated().allSatisfy { $1.isComplete && $1.text == "/\($0)" })
      try await eventually("those that are not needed have gone") {
        let connections = await server.connectionCount
        let daemons = await server.daemonCount
        return connections == 0 && daemons == 1
      }
    }
  }

  /// Who begins to wait a moment after another is suspended a moment after that: as long as anybody is awake, the library is not asked
  /// whether it has more to do.
  @Test func nobodyStaysAwake() async throws {
    let waiting = Lock<[LoopBound<ServerExchange>]>([])
    try await withServer({ exchange in
      waiting.withLock { $0.append(LoopBound(exchange, to: exchange.connection.server.loop)) }
    }) { server in
      var clients: [TestClient] = []
      for _ in 0..<10 {
        let pair = [
          try await TestClient.connect(.port(server.port)), try await TestClient.connect(.port(server.port)),
        ]
        for client in pair { try await client.perform { try $0.sendRequest("GET", "/") } }
        clients += pair
        try await eventually("all are suspended") {
          let exchanges = waiting.withLock { $0 }
          guard exchanges.count == clients.count else { return false }
          return await server.awakeCount(exchanges) == 0
        }
      }
      for client in clients { try await client.perform { $0.reset() } }
    }
  }

  /// One that is left without connections goes at once, and so does its place.
  @Test func takeTheNextConnectionsWhereThereIsRoom() async throws {
    // A connection is the library's from its first request on.
    try await withServer({ if $0.request.target == "/" { $0.respond(.text("ok")) } }) { server in
      let request = TestClient.requestBytes("GET", "/silence")
      let first = try StreamSwarm(server.port, count: Daemon.connectionLimit) { _ in request }
      try await eventually("the first daemon is full") {
        server.record.withLock { $0.began } == Daemon.connectionLimit
      }
      #expect(await server.daemonCount == 1)
      for _ in 0..<3 {
        let client = try await TestClient.connect(.port(server.port))
        #expect(try await client.perform { try $0.get("/").status } == 200)
        #expect(await server.daemonCount == 2)
      }
      first.cutAll()
      _ = try await first.finish()
      let client = try await TestClient.connect(.port(server.port))
      #expect(try await client.perform { try $0.get("/").status } == 200)
      try await eventually("one daemon is enough") { await server.daemonCount == 1 }
    }
  }
}
