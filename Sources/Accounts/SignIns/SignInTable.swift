package import Access
package import System

/// Who has signed in, as all workers ask it: what the store has, as it is now. Any thread; each call takes a lock of its own for less than a
/// microsecond.
package final class SignInTable: Sendable {
  /// The most of one user and kind: of more, the one that ends first goes.
  package static let userLimit = 50
  /// The most of all.
  package static let limit = 200_000

  private struct State: Sendable {
    var records: [SignInID: SignInRecord] = [:]
    var ofUsers: [UserID: Set<SignInID>] = [:]
  }

  private let state = Lock(State())

  /// Nobody has.
  package init() {}

  /// How many there are.
  package var count: Int { state.withLock { $0.records.count } }

  /// The sign-in of an id, whether it lasts or not.
  package subscript(_ id: SignInID) -> SignInRecord? { state.withLock { $0.records[id] } }

  /// Those of a user, the one that ends first before the others.
  package func all(of user: UserID) -> [SignInRecord] {
    state.withLock { state in
      (state.ofUsers[user] ?? []).compactMap { state.records[$0] }.sorted {
        ($0.end, $0.id) < ($1.end, $1.id)
      }
    }
  }

  /// Whether a sign-in is this user's, and lasts.
  package func lasts(_ id: SignInID, of user: UserID, at now: Timestamp) -> Bool {
    guard let record = self[id] else { return false }
    return record.user == user && record.lasts(at: now)
  }

  /// It is as this record says from now on.
  package func put(_ record: SignInRecord) {
    state.withLock { state in
      state.records[record.id] = record
      state.ofUsers[record.user, default: []].insert(record.id)
    }
  }

  /// It was used: it rests until then, where that is later than it was to. Harmless where it is over.
  package func extend(_ id: SignInID, until time: Timestamp) {
    state.withLock { state in
      guard let idleUntil = state.records[id]?.idleUntil, idleUntil < time else { return }
      state.records[id]?.idleUntil = time
    }
  }

  /// It is over. Harmless where it is not known.
  package func remove(_ id: SignInID) {
    state.withLock { state in
      guard let record = state.records.removeValue(forKey: id) else { return }
      state.ofUsers[record.user]?.remove(id)
      if state.ofUsers[record.user]?.isEmpty == true { state.ofUsers[record.user] = nil }
    }
  }

  /// These are all.
  package func replaceAll(by records: [SignInRecord]) {
    state.withLock { state in
      state = State()
      for record in records {
        state.records[record.id] = record
        state.ofUsers[record.user, default: []].insert(record.id)
      }
    }
  }

  /// Those that have ended, at most `limit`.
  package func ended(at now: Timestamp, limit: Int) -> [SignInID] {
    state.withLock { state in
      Array(state.records.lazy.filter { !$0.value.lasts(at: now) }.map(\.key).prefix(limit))
    }
  }
}
