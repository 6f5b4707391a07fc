import Budgets
import GatewayTesting
import HTTPFields
import System
import Testing

@testable import HTTPServer

/// Connections count on their clients' accounts from the moment they come, before a head says anything.
@Suite struct ConnectionShareTests {
  private static func clients(sharing connections: Int) -> ClientAccounts {
    var limits = ClientLimits()
    limits.connections = connections
    return ClientAccounts(limits: limits, capacity: 10)
  }

  @Test func oneOverTheShareIsRefusedAndHearsWhy() async throws {
    let clients = Self.clients(sharing: 2)
    try await withServer({ $0.respond(.text("served")) }, clients: clients) { server in
      // They never send a head.
      let silent = [try await TestClient.connect(server.port), try await TestClient.connect(server.port)]
      try await eventually("both have come") { await server.connectionCount == 2 }
      for _ in 0..<20 {
        // Whether its request comes before the refusal or after it, the refusal is not lost.
        let refusal = try await TestClient.run(server.port) { try $0.get("/") }
        #expect(refusal.status == 429 && refusal.text == "too many connections of one client\n")
        #expect(refusal.headers["Connection"] == "close")
      }
      try await silent[0].perform { $0.close() }
      try await eventually("there is room") { await server.connectionCount == 1 }
      let client = try await TestClient.connect(server.port)
      for _ in 0..<3 { #expect(try await client.perform { try $0.get("/") }.status == 200) }
      try await silent[1].perform { $0.close() }
      try await client.perform { $0.close() }
      try await eventually("nothing is held") { clients.count == 0 }
    }
  }

  @Test func aFullTableSaysSoAsWell() async throws {
    try await withServer(
      { $0.respond(.text("served")) }, limits: { $0.connections = ConnectionBudget(limit: 1) }
    ) {
      server in
      let first = try await TestClient.connect(server.port)
      try await eventually("it has come") { await server.connectionCount == 1 }
      for _ in 0..<20 {
        #expect(try await TestClient.run(server.port) { try $0.get("/") }.status == 503)
      }
      #expect(try await first.perform { try $0.get("/") }.status == 200)
    }
  }

  /// What is refused by the table is not counted on the client.
  @Test func aRefusedConnectionHoldsNothing() async throws {
    let clients = Self.clients(sharing: 2)
    try await withServer(
      { $0.respond(.text("served")) }, limits: { $0.connections = ConnectionBudget(limit: 1) },
      clients: clients
    ) { server in
      let first = try await TestClient.connect(server.port)
      try await eventually("it has come") { await server.connectionCount == 1 }
      for _ in 0..<5 {
        #expect(try await TestClient.run(server.port) { try $0.get("/") }.status == 503)
      }
      let account = clients.account(of: .v4(0x7F00_0001))
      try await eventually("one is counted") { account.count(of: .connection) == 1 }
      try await first.perform { $0.close() }
      try await eventually("none is counted") { account.count(of: .connection) == 0 }
    }
  }

  /// Clients that are refused and stay do not fill the gateway's descriptors.
  @Test func thoseThatStayAreFew() async throws {
    try await withServer(
      { $0.respond(.text("served")) }, clients: Self.clients(sharing: 1)
    ) { server in
      let first = try await TestClient.connect(server.port)
      try await eventually("it has come") { await server.connectionCount == 1 }
      var refused: [TestClient] = []
      for number in 1...(RefusedConnections.most + 10) {
        refused.append(try await TestClient.connect(server.port))
        try await eventually("number \(number) is refused") {
          server.record.withLock { $0.refusals.count } == number
        }
      }
      #expect(await server.refusedCount <= RefusedConnections.most)
      // In time those go as well whose clients do not.
      try await eventually("all are closed") { await server.refusedCount == 0 }
      try await first.perform { $0.close() }
      for client in refused { try await client.perform { $0.close() } }
    }
  }
}
