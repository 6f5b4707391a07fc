internal import Sessions
internal import System

/// The open WebSockets of all workers: for the list of connections and for broadcasts. Safe from any thread; asked when
/// a socket opens, closes, begins or ends to follow a generation.
final class SocketDirectory: Sendable {
  /// What a socket does, as the list of connections has it.
  enum State: String, CaseIterable {
    case idle
    /// It is told a generation.
    case generating
    /// Its closing handshake has begun.
    case closing
  }

  /// What a list shows of a socket.
  struct Entry: Sendable {
    let clientID: String
    let sessionID: SessionID
    let since: Timestamp
    var state = State.idle
    /// Sends a text message, on the socket's own loop.
    let send: @Sendable ([UInt8]) -> Void
  }

  private struct Table {
    var entries: [Int: Entry] = [:]
    var lastNumber = 0
  }

  private let table = Lock(Table())

  /// - Returns: the number by which the socket is known here.
  func add(_ entry: Entry) -> Int {
    table.withLock { table in
      table.lastNumber += 1
      table.entries[table.lastNumber] = entry
      return table.lastNumber
    }
  }

  func remove(_ number: Int) {
    table.withLock { _ = $0.entries.removeValue(forKey: number) }
  }

  func set(_ number: Int, _ state: State) {
    table.withLock { $0.entries[number]?.state = state }
  }

  /// In the order of their opening.
  var entries: [Entry] {
    table.withLock { table in table.entries.sorted { $0.key < $1.key }.map(\.value) }
  }

  var count: Int { table.withLock { $0.entries.count } }

  /// How many do what.
  var counts: [State: Int] {
    table.withLock { table in table.entries.values.reduce(into: [:]) { $0[$1.state, default: 0] += 1 } }
  }

  /// Sends `message` to all.
  ///
  /// - Returns: to how many.
  func broadcast(_ message: [UInt8]) -> Int {
    let entries = entries
    for entry in entries { entry.send(message) }
    return entries.count
  }
}
