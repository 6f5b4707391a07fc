internal import Access
internal import Limits
internal import System

/// Who has used what of which limits, and which requests run. Events go in with their times; no clock, lock or store is in it. Its accounts
/// and reservations are objects: a copy would share them, and nobody makes one.
struct LimitLedger: Sendable {
  /// How long a request has its places: those of one whose end was lost come back then (LiteLLM's time).
  static let slotTime = Duration.seconds(3600)

  var accounts: AccountTable
  /// In the order of their deadlines.
  var requests: RecencyList<Reservation>
  /// Those that were forgotten before their end.
  var abandoned = 0

  init(subjects: Int, addresses: Int, requests: Int) {
    accounts = AccountTable(subjects: subjects, addresses: addresses)
    self.requests = RecencyList(capacity: requests)
  }

  /// Finds the accounts of whose limits hold, which go by their limits of now.
  ///
  /// - Parameters:
  ///   - holds: empty; afterwards those of the accounts.
  ///   - hint: the account that the first may be; afterwards the one that it is.
  mutating func find(
    _ subjects: [LimitedSubject], _ holds: inout Reservation.Holds, near hint: inout SubjectAccount?,
    at now: MonotonicTime, _ wall: Timestamp
  ) {
    accounts.sweep(at: now, wall)
    for subject in subjects where subject.isLimited {
      guard holds.isEmpty else {
        holds.append(accounts.account(of: subject, at: now, wall))
        continue
      }
      let account = accounts.account(of: subject, near: hint, at: now, wall)
      if account !== hint { hint = account }
      holds.append(account)
    }
  }

  /// The places of requests whose time is over come back. They may still end, and are charged then.
  mutating func expire(at now: MonotonicTime) {
    for _ in 0..<8 {
      guard let oldest = requests.oldest, let request = requests[oldest], request.deadline <= now
      else { return }
      request.release()
      request.deadline = now + LimitLedger.slotTime
      requests.use(oldest)
    }
  }

  /// Enters a request whose accounts have given. With more than there is room for, the oldest is forgotten: its places come back, and
  /// what it uses from then on is not counted.
  mutating func enter(_ reservation: Reservation) {
    let (place, forgotten) = requests.insert(reservation)
    reservation.place = place
    guard let forgotten else { return }
    forgotten.place = nil
    abandoned += 1
    forgotten.release()
  }

  /// Takes out a request that ends.
  ///
  /// - Returns: whether it had not ended.
  mutating func leave(_ reservation: Reservation) -> Bool {
    guard let place = reservation.place else { return false }
    reservation.place = nil
    requests.remove(place)
    return true
  }
}

extension Reservation {
  /// Its places come back.
  fileprivate func release() { holds.forEach { account, hold in account.limits.release(&hold) } }
}

extension Reservation.Holds {
  /// The worst of what the accounts say; nil where all of them let in.
  mutating func refusal(
    at now: MonotonicTime, _ wall: Timestamp, _ excess: (inout LimitAccount) -> LimitExcess?
  ) -> LimitRefusal? {
    var worst: (excess: LimitExcess, subject: LimitSubject)?
    var standings = LimitStandings()
    forEach { account, _ in
      account.limits.appendStandings(to: &standings, at: now, wall)
      guard let excess = excess(&account.limits) else { return }
      if let other = worst, !excess.outweighs(other.excess) { return }
      worst = (excess, account.subject)
    }
    standings.keepTightest()
    return worst.map { worst in
      LimitRefusal(excess: worst.excess, subject: worst.subject, standings: standings.all)
    }
  }
}
