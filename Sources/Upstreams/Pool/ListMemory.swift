package import Fleet
internal import HTTPFields
internal import System

/// What each server has listed last, for lists of several servers of which one is silent for the moment. Safe from any thread.
package final class ListMemory: Sendable {
  private struct Entry {
    let server: FleetServerID
    let path: String
    let content: [UInt8]
  }

  private let state = Lock((entries: [Entry](), told: Set<String>()))

  /// Bytes of all lists, and their number; the oldest go first.
  package static let byteLimit = 32 << 20
  package static let limit = 512
  private static let toldLimit = 1_000

  package init() {}

  /// A server has responded so.
  package func note(_ content: [UInt8], of server: FleetServerID, at path: String) {
    state.withLock { state in
      state.entries.removeAll { $0.server == server && $0.path.hasSameBytes(as: path) }
      state.entries.append(Entry(server: server, path: path, content: content))
      var bytes = state.entries.reduce(0) { $0 + $1.content.count }
      while bytes > ListMemory.byteLimit || state.entries.count > ListMemory.limit, !state.entries.isEmpty {
        bytes -= state.entries.removeFirst().content.count
      }
    }
  }

  /// What the server has responded last; nil where that is not known.
  package func last(of server: FleetServerID, at path: String) -> [UInt8]? {
    state.withLock { state in
      state.entries.last { $0.server == server && $0.path.hasSameBytes(as: path) }?.content
    }
  }

  /// Those of the names which the log was not told yet that servers have different models under them. From then on it was.
  package func untold(_ names: [String]) -> [String] {
    guard !names.isEmpty else { return [] }
    return state.withLock { state in
      if state.told.count > ListMemory.toldLimit { state.told = [] }
      return names.prefix(ListMemory.toldLimit).filter { state.told.insert($0).inserted }
    }
  }
}
