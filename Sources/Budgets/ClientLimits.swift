/// How much one client may hold of each table.
public struct ClientLimits: Equatable, Sendable {
  /// How many of each.
  public var connections = Int.max
  /// WebSockets that are open.
  public var webSockets = Int.max
  /// Sessions that are owned.
  public var sessions = Int.max
  /// Turns that run or wait.
  public var turns = Int.max

  /// No bounds.
  public init() {}

  /// The share of one client: a quarter of the table, but never nothing.
  public static func share(of table: Int) -> Int { max(1, table / 4) }

  subscript(resource: ClientResource) -> Int {
    switch resource {
    case .connection: connections
    case .webSocket: webSockets
    case .session: sessions
    case .turn: turns
    }
  }
}
