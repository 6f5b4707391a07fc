package import Access
package import Handling
internal import JSON
internal import System
internal import Telemetry

/// The open WebSockets of all workers.
package final class SocketDirectory: ConnectionDirectory {
  private struct Table {
    var sockets: [Int: OpenConnection] = [:]
    var lastNumber = 0
  }

  private let table = Lock(Table())

  /// An empty one.
  package init() {}

  package func add(_ connection: OpenConnection) -> Int {
    table.withLock { table in
      table.lastNumber += 1
      table.sockets[table.lastNumber] = connection
      return table.lastNumber
    }
  }

  package func remove(_ number: Int) {
    table.withLock { _ = $0.sockets.removeValue(forKey: number) }
  }

  package func set(_ number: Int, _ state: OpenConnection.State) {
    table.withLock { $0.sockets[number]?.state = state }
  }

  package var count: Int { table.withLock { $0.sockets.count } }

  package var counts: [OpenConnection.State: Int] {
    table.withLock { table in table.sockets.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 } }
  }

  /// All of them, or none: nobody but who may look at everything sees any.
  package func connections(for principal: Principal) -> [OpenConnection] {
    guard !principal.scopes.isDisjoint(with: [.adminRead, .admin]) else { return [] }
    return all
  }

  private var all: [OpenConnection] {
    table.withLock { table in table.sockets.sorted { $0.key < $1.key }.map(\.value) }
  }

  package func broadcast(_ text: String, from principal: Principal) -> Int {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", literal: ServerMessageType.broadcast.name)
      writer.member("message", text)
      writer.member("timestamp", Timestamp.now.iso8601)
    }
    let message = writer.take()
    let sockets = principal.mayAdminister ? all : []
    for socket in sockets { socket.send(message) }
    return sockets.count
  }
}
