import Access
import Glibc
import Sessions
import System

/// Sees to it that sessions which were ordered to change hands do so. A gateway that has the store does it, as it alone knows in which a
/// turn runs; where there is none, this does.
struct StoredAdoption {
  /// What has become of an order.
  struct Outcome: Equatable {
    /// As many are the new owner's.
    let given: Int
    /// As many follow when nothing is said in them.
    let remaining: Int
  }

  private static let portion = 100
  /// How long the gateway is waited for, and from one look to the next.
  private static let patience = Duration.seconds(5)
  private static let interval: useconds_t = 100_000

  private let access: StoredAccessFile
  private let other: String
  /// How many there were.
  private let before: Int

  /// Before the order is given.
  ///
  /// - Parameter other: whose sessions.
  init(of other: String, in access: StoredAccessFile) throws(StoreError) {
    self.access = access
    self.other = other
    before = try Self.count(of: other, try access.store.makeReader())
  }

  /// Orders it by itself, where there are any.
  func order(to owner: String) throws(StoreError) {
    guard before > 0 else { return }
    let order = StoreChange.putAdoption(AdoptionOrder(other: other, owner: owner))
    if let error = try access.store.makeWriter().commit([StoreWrite([order])]).first ?? nil {
      throw StoreError(.corrupt, "the store does not take it: \(error)")
    }
  }

  /// After the order: comes back when it is carried out, as far as that goes by now.
  func finish() throws(StoreError) -> Outcome {
    let reader = try access.store.makeReader()
    if before > 0, let alone = try access.place.openAlone() {
      defer { alone.close() }
      try Self.carryOut(reader, try alone.makeWriter())
    }
    let end = MonotonicTime.now + Self.patience
    while true {
      let isOrdered = try reader.adoptions(limit: .max).contains { $0.order.other == other }
      let count = isOrdered ? try Self.count(of: other, reader) : 0
      guard count > 0, MonotonicTime.now < end else {
        return Outcome(given: max(0, before - count), remaining: count)
      }
      usleep(Self.interval)
    }
  }

  private static func count(of owner: String, _ reader: any SessionStoreReader) throws(StoreError) -> Int {
    try reader.sessions(ownedBy: owner, skip: 0, limit: 0).total
  }

  // MARK: Without a gateway

  private static func carryOut(
    _ reader: any SessionStoreReader, _ writer: any SessionStoreWriter
  ) throws(StoreError) {
    for stored in try reader.adoptions(limit: .max) {
      let span = AdoptionSpan(
        of: Principal.ID(storedName: stored.order.other), orderedAt: stored.orderedAt, at: .now, .now)
      var kept = 0
      while true {
        let sessions = try reader.sessions(ownedBy: stored.order.other, skip: kept, limit: portion).sessions
        if sessions.isEmpty { break }
        for session in sessions {
          if span.covers(session.createdAt) {
            try give(session.key, to: stored.order.owner, writer)
          } else {
            kept += 1
          }
        }
      }
      _ = try writer.commit([StoreWrite([.dropAdoption(number: stored.number, owner: stored.order.owner)])])
    }
  }

  private static func give(
    _ key: StoreKey, to owner: String, _ writer: any SessionStoreWriter
  ) throws(StoreError) {
    // Where its id was made here it keeps its key.
    let own = key.hasOwner ? key.sessionID.map { StoreKey($0, of: owner) } ?? key : key
    var error = try write(.giveSession(key, to: owner, as: own), writer)
    if case .conflict = error {
      error = try write(.giveSession(key, to: owner, as: StoreKey(.random(), of: nil)), writer)
    }
    switch error {
    // Somebody has deleted it meanwhile.
    case nil, .sessionIsGone: break
    case let error?: throw StoreError(.away, "the session \(key) was not given: \(error)")
    }
  }

  private static func write(
    _ change: StoreChange, _ writer: any SessionStoreWriter
  ) throws(StoreError) -> StoreWriteError? {
    try writer.commit([StoreWrite([change])]).first ?? nil
  }
}

extension StoredAdoption.Outcome {
  /// For people.
  ///
  /// - Parameters:
  ///   - whom: whose they were, as ` of the key`.
  ///   - owner: whose they are now, as `the key's`.
  func words(of whom: String = "", now owner: String) -> String {
    "\(given) session\(given == 1 ? "" : "s")\(whom) \(given == 1 ? "is" : "are") \(owner) now\(rest)"
  }

  /// How many are left, as the end of a sentence; empty where none is.
  var rest: String {
    switch remaining {
    case 0: ""
    case 1: "; 1 follows when no answer is under way in it"
    default: "; \(remaining) follow when no answer is under way in them"
    }
  }
}
