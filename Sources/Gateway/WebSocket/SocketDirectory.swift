internal import EventLoop
internal import Sessions

/// The open WebSockets of all workers: for the list of connections and for broadcasts. Safe from any thread; asked when
/// a socket opens, closes, begins or ends to follow a generation.
final class SocketDirectory: Sendable {
  /// What a list shows of a socket.
  struct Entry: Sendable {
    let clientID: String
    let sessionID: SessionID
    let since: Timestamp
    var isGenerating = false
    /// Sends a text message, on the socket's own loop.
    let send: @Sendable ([UInt8]) -> Void
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var lastNumber = 0
  }

  private let state = Lock(State())

  /// - Returns: the number by which the socket is known here.
  func add(_ entry: Entry) -> Int {
    state.withLock { state in
      state.lastNumber += 1
      state.entries[state.lastNumber] = entry
      return state.lastNumber
    }
  }

  func remove(_ number: Int) {
    state.withLock { _ = $0.entries.removeValue(forKey: number) }
  }

  func set(_ number: Int, isGenerating: Bool) {
    state.withLock { $0.entries[number]?.isGenerating = isGenerating }
  }

  /// In the order of their opening.
  var entries: [Entry] {
    state.withLock { state in state.entries.sorted { $0.key < $1.key }.map(\.value) }
  }

  var count: Int { state.withLock { $0.entries.count } }

  /// Sends `message` to all.
  ///
  /// - Returns: to how many.
  func broadcast(_ message: [UInt8]) -> Int {
    let entries = entries
    for entry in entries { entry.send(message) }
    return entries.count
  }
}
