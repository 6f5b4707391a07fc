internal import Access
internal import Limits
internal import System

/// Who has used what of which limits, and which requests run: a plain value. Events go in with their times; no clock, lock or store is in
/// it.
struct LimitLedger: Sendable {
  /// How long a request has its places: those of one whose end was lost come back then (LiteLLM's time).
  static let slotTime = Duration.seconds(3600)

  var accounts: AccountTable
  /// In the order of their deadlines.
  var requests: RecencyList<RunningRequest>
  /// Those that were forgotten before their end.
  var abandoned = 0
  /// Kept for its room.
  var scratch: [AccountPlace] = []

  init(subjects: Int, addresses: Int, requests: Int) {
    accounts = AccountTable(subjects: subjects, addresses: addresses)
    self.requests = RecencyList(capacity: requests)
  }

  /// Finds the accounts and has them go by their limits of now. They are in ``scratch`` afterwards.
  ///
  /// - Parameter hint: where the first may be.
  mutating func find(
    _ subjects: [LimitedSubject], near hint: AccountPlace? = nil, at now: MonotonicTime, _ wall: Timestamp
  ) {
    accounts.sweep(at: now, wall)
    while scratch.popLast() != nil {}
    // By index: one by one they would be copied.
    for subject in subjects.indices where !subjects[subject].limits.isEmpty {
      let place = accounts.place(of: subjects[subject].subject, near: scratch.isEmpty ? hint : nil)
      _ = accounts.update(place) { $0.use(subjects[subject].limits, at: now, wall) }
      scratch.append(place)
    }
  }

  /// What is left of the accounts in ``scratch``.
  mutating func standings(at now: MonotonicTime, _ wall: Timestamp) -> [LimitStanding] {
    var standings: [LimitStanding] = []
    for place in scratch {
      _ = accounts.update(place) { $0.appendStandings(to: &standings, at: now, wall) }
    }
    return scratch.count == 1 ? standings : LimitStanding.tightest(standings)
  }

  /// The worst of what the accounts in ``scratch`` say.
  mutating func refusal(
    at now: MonotonicTime, _ wall: Timestamp, _ excess: (inout LimitAccount) -> LimitExcess?
  ) -> LimitRefusal? {
    var worst: (excess: LimitExcess, place: AccountPlace)?
    for place in scratch {
      guard let excess = accounts.update(place, excess) ?? nil else { continue }
      if let other = worst, !excess.outweighs(other.excess) { continue }
      worst = (excess, place)
    }
    guard let worst, let subject = accounts.subject(at: worst.place) else { return nil }
    return LimitRefusal(excess: worst.excess, subject: subject, standings: standings(at: now, wall))
  }

  /// The places of requests whose time is over come back. They may still end, and are charged then.
  mutating func expire(at now: MonotonicTime) {
    for _ in 0..<8 {
      guard let oldest = requests.oldest, var request = requests[oldest], request.deadline <= now
      else { return }
      release(&request.holds)
      request.deadline = now + LimitLedger.slotTime
      _ = requests.update(oldest) { $0 = request }
      requests.use(oldest)
    }
  }

  /// Enters a request whose accounts have given. With more than there is room for, the oldest is forgotten: its places come back, and
  /// what it uses from then on is not counted.
  mutating func enter(_ request: consuming RunningRequest) -> Reservation {
    let (place, forgotten) = requests.insert(consume request)
    if var holds = forgotten?.holds {
      abandoned += 1
      release(&holds)
    }
    return Reservation(place: place)
  }

  private mutating func release(_ holds: inout RunningRequest.Holds) {
    holds.forEach { held in _ = accounts.update(held.place) { $0.release(&held.hold) } }
  }

  /// Takes out a request that ends; nil when it has ended.
  mutating func leave(_ reservation: Reservation) -> RunningRequest? {
    requests.remove(reservation.place)
  }
}
