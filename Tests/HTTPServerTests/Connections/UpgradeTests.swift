import EventLoop
import GatewayTesting
import HTTPFields
import HTTPServer
import System
import Testing

/// Connections that leave HTTP: their sockets outlive libmicrohttpd's part in them, and are counted until their end.
@Suite struct UpgradeTests {
  /// Sends back what it gets; closes after a `.`.
  private final class Echo: UpgradedConnectionDelegate {
    func connection(_ connection: UpgradedConnection, didReceive bytes: UnsafeMutableRawBufferPointer) {
      #expect(connection.write(UnsafeRawBufferPointer(bytes)) == bytes.count)
      if bytes.last == UInt8(ascii: ".") { connection.close() }
    }

    func connectionCanWrite(_ connection: UpgradedConnection) {}

    func connectionDidEnd(_ connection: UpgradedConnection) { connection.close() }
  }

  /// Upgrades each request for `/echo`. The delegates are weak, so they live here.
  private final class Handler: Sendable {
    private let echoes = Lock<[LoopBound<Echo>]>([])

    /// How many connections it has got.
    var count: Int { echoes.withLock { $0.count } }

    func callAsFunction(_ exchange: ServerExchange) {
      guard exchange.request.target == "/echo" else { return exchange.respond(.text("plain")) }
      exchange.respond(
        ServerResponse(
          status: 101, fields: [("Upgrade", "echo")],
          body: .upgrade { [echoes] connection in
            let echo = Echo()
            connection.delegate = echo
            let bound = LoopBound(echo, to: connection.loop)
            echoes.withLock { $0.append(bound) }
          }))
    }
  }

  private static let request = "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
  private let handler = Handler()

  private func open(_ server: TestServer, along text: String = "") async throws -> TestClient {
    let client = try await TestClient.connect(server.port)
    try await client.perform { connection in
      try connection.send(Self.request + text)
      let response = try connection.readHead()
      #expect(response.status == 101)
      #expect(response.headers.values(of: "Connection") == ["Upgrade"])
    }
    return client
  }

  private func expectEcho(_ client: TestClient, _ text: String, sends: Bool = true) async throws {
    try await client.perform { connection in
      if sends { try connection.send(text) }
      #expect(try connection.receiveBytes() == Array(text.utf8))
    }
  }

  @Test func theSocketIsTheHandlers() async throws {
    try await withServer { [handler] in
      handler($0)
    } run: { server in
      let client = try await open(server)
      try await expectEcho(client, "one")
      // The library has closed its descriptor long before.
      #expect(try await TestClient.get(server.port, "/").text == "plain")
      try await expectEcho(client, "two")
      #expect(await server.connectionCount >= 1)
      #expect(server.record.withLock { $0.ended } == 1)
      try await expectEcho(client, "three.")
      #expect(try await client.perform { try $0.waitUntilClosedByPeer() } == .finished)
      try await eventually("the exchange ends with the connection") {
        await server.connectionCount == 0 && server.record.withLock { $0.ended } == 2
      }
      #expect(server.record.withLock { $0.cutOff } == 0)
    }
  }

  @Test func theClientLeaves() async throws {
    try await withServer { [handler] in
      handler($0)
    } run: { server in
      for resets in [false, true] {
        let client = try await open(server)
        try await expectEcho(client, "one")
        try await client.perform { if resets { $0.reset() } else { $0.close() } }
        try await eventually("the connection has ended") { await server.connectionCount == 0 }
      }
    }
  }

  /// An upgraded connection has its place among all until it ends.
  @Test func theLimitCountsThem() async throws {
    try await withServer { [handler] in
      handler($0)
    } limits: {
      $0.connections = ConnectionBudget(limit: 2)
    } run: { server in
      let clients = [try await open(server), try await open(server)]
      for client in clients { try await expectEcho(client, "one") }
      #expect(try await TestClient.get(server.port, "/").status == 503)
      try await expectEcho(clients[0], "bye.")
      try await eventually("there is room again") { try await TestClient.get(server.port, "/").status == 200 }
      try await expectEcho(clients[1], "still here")
    }
  }

  /// The server may end at any moment: `withServer` checks that nothing of a connection is left.
  @Test func theServerEnds() async throws {
    try await withServer { [handler] in
      handler($0)
    } run: { server in
      let client = try await open(server)
      try await expectEcho(client, "one")
      let other = try await TestClient.connect(server.port)
      try await other.perform { try $0.send(Self.request) }
      await server.drain()
      try await expectEcho(client, "two")
    }
  }

  /// A response that was on its way when the server began to go down: `Connection: close` would be a lie.
  @Test func anUpgradeWhileGoingDown() async throws {
    let exchange = Lock<LoopBound<ServerExchange>?>(nil)
    try await withServer { arrived in
      let bound = LoopBound(arrived, to: EventLoop.current!)
      exchange.withLock { $0 = bound }
    } run: { server in
      let client = try await TestClient.connect(server.port)
      try await client.perform { try $0.send(Self.request) }
      try await eventually("the request has come") { exchange.withLock { $0 != nil } }
      await server.drain()
      let held = try #require(exchange.withLock { $0.take() })
      server.loop.execute { [handler] in handler(held.value) }
      let response = try await client.perform { try $0.readHead() }
      #expect(response.status == 101)
      #expect(response.headers.values(of: "Connection") == ["Upgrade"])
      try await expectEcho(client, "after all")
    }
  }

  /// A handler that closes at once, or has gone and wants no connection.
  @Test(arguments: [true, false])
  func nobodyTakesTheConnection(closes: Bool) async throws {
    try await withServer { exchange in
      exchange.respond(
        ServerResponse(
          status: 101, fields: [("Upgrade", "echo")], body: .upgrade { if closes { $0.close() } }))
    } run: { server in
      for _ in 0..<10 {
        let client = try await TestClient.connect(server.port)
        try await client.perform { connection in
          try connection.send(Self.request + "more")
          #expect(try connection.readHead().status == 101)
        }
        _ = try await client.perform { try $0.waitUntilClosedByPeer() }
      }
      try await eventually("nothing is left") {
        await server.connectionCount == 0 && server.record.withLock { $0.ended } == 10
      }
    }
  }

  /// Between the response and its way to the client: the handler gets the connection or is told that the client has left.
  @Test func theClientLeavesBeforeTheConnectionIsTheHandlers() async throws {
    let left = Lock(0)
    try await withServer { [handler] exchange in
      exchange.onClientLeft = { left.withLock { $0 += 1 } }
      let loop = EventLoop.current!
      let bound = LoopBound(exchange, to: loop)
      // Some ticks of the loop later, as where somebody is asked.
      loop.execute { loop.execute { handler(bound.value) } }
    } run: { server in
      for number in 0..<200 {
        let client = try await TestClient.connect(server.port)
        try await client.perform { connection in
          try connection.send(Self.request)
          if number.isMultiple(of: 2) { connection.reset() } else { connection.close() }
        }
      }
      try await eventually("nothing is left") {
        await server.connectionCount == 0
          && server.record.withLock { $0.began == $0.ended && $0.ended > 0 }
      }
      #expect(server.record.withLock { $0.began } == left.withLock { $0 } + handler.count)
    }
  }
}
