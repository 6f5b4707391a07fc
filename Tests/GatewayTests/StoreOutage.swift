import Configuration
import GatewayTesting
import Testing

/// A PostgreSQL server that goes away and comes back, in one of the ways in which servers do.
enum StoreOutage: CaseIterable, CustomTestStringConvertible {
  /// It is there, and nothing of it moves: connections stay open.
  case hangs
  /// It is killed with all of its processes.
  case isKilled
  /// Its administrator stops it.
  case isStopped
  /// It is killed, and its synchronous standby takes over.
  case failsOver

  var testDescription: String {
    switch self {
    case .hangs: "the server hangs"
    case .isKilled: "the server is killed"
    case .isStopped: "the server is stopped"
    case .failsOver: "the server is killed for good, and a standby takes over"
    }
  }

  /// A database, and the servers that have it.
  struct Servers {
    let outage: StoreOutage
    let primary: PostgreSQLServer
    let standby: PostgreSQLServer?
    let location: StoreLocation

    func goAway() async {
      switch outage {
      case .hangs: primary.pause()
      case .isKilled, .failsOver: await primary.kill()
      case .isStopped: await primary.stop()
      }
    }

    func comeBack() async throws {
      switch outage {
      case .hangs: primary.resume()
      case .isKilled, .isStopped: try await primary.start()
      case .failsOver: try await standby?.promote()
      }
    }
  }

  func makeServers() async throws -> Servers {
    let primary = try await PostgreSQLServer.started()
    guard self == .failsOver else {
      let location = try #require(StoreLocation(primary.url(parameters: "&connect_timeout=2")))
      return Servers(outage: self, primary: primary, standby: nil, location: location)
    }
    let standby = try await PostgreSQLServer.started(asStandbyOf: primary, name: "second")
    try await primary.query("ALTER SYSTEM SET synchronous_standby_names = 'second'")
    try await primary.query("SELECT pg_reload_conf()")
    try await eventually("the standby is synchronous") {
      try await primary.query("SELECT sync_state FROM pg_stat_replication") == "sync"
    }
    let hosts = "\(standby.socketFolder),\(primary.socketFolder)"
    let location = try #require(
      StoreLocation("postgresql://gateway@/postgres?host=\(hosts)&connect_timeout=2"))
    return Servers(outage: self, primary: primary, standby: standby, location: location)
  }
}
