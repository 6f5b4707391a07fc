internal import Access
package import System

/// Holds off who guesses passwords, without shutting out whom the guesses are about.
///
/// By name and network: the fifth failure in a row locks this pair for half an hour, whether there is such a user or not. After 50
/// failures within an hour the name is locked for as long, from wherever they came, but for the networks and browsers that have signed
/// in to it before. A failure while locked renews nothing, and a valid key or token is never asked about.
///
/// A plain value: events in, verdicts out. It knows the ``capacity`` pairs, and as many names, that were used last.
package struct LoginLock: Sendable {
  /// Failures in a row of one pair.
  static let pairLimit = 5
  /// Failures of one name within ``nameWindow``, from wherever.
  static let nameLimit = 50
  /// In which failures of a name are counted.
  static let nameWindow = Duration.seconds(3600)
  /// How long a lock holds.
  package static let time = Duration.seconds(1800)
  /// The most pairs, and the most names.
  static let capacity = 10_000

  /// Who wants to sign in.
  package struct Caller: Hashable, Sendable {
    let name: LoginName
    let network: LoginNetwork
    /// Whether the name's user has signed in from this network or with this browser before.
    var isKnown = false
    /// Whether no lock holds: an administrator on the gateway's own machine.
    var isExempt = false
    /// When somebody has unlocked the user; nil where nobody has. Locks that were there before are none.
    var unlockedAt: Timestamp?

    /// - Parameters: see the properties.
    package init(
      name: LoginName, network: LoginNetwork, isKnown: Bool = false, isExempt: Bool = false,
      unlockedAt: Timestamp? = nil
    ) {
      self.name = name
      self.network = network
      self.isKnown = isKnown
      self.isExempt = isExempt
      self.unlockedAt = unlockedAt
    }
  }

  /// What comes of who wants to try a password.
  package enum Verdict: Equatable, Sendable {
    /// It is tried: exactly one of ``succeed(_:)``, ``fail(_:at:)`` and ``abandon(_:)`` follows.
    case tried
    /// It is not, for so long.
    case locked(Duration)
    /// As many are being tried as may fail yet.
    case busy
  }

  private struct Pair: Hashable {
    let name: LoginName
    let network: LoginNetwork
  }

  /// Of a pair or a name.
  private struct Count {
    /// When, the oldest first: those of a pair in a row, those of a name within the window.
    var failures: [MonotonicTime] = []
    /// How many are being tried.
    var running = 0
    var lockedUntil: MonotonicTime?
    let unlockedAt: Timestamp?

    init(_ caller: Caller) { unlockedAt = caller.unlockedAt }

    /// How long it is locked yet. A lock that has ended leaves nothing behind.
    mutating func lock(at now: MonotonicTime) -> Duration? {
      guard let lockedUntil else { return nil }
      if lockedUntil > now { return lockedUntil - now }
      self.lockedUntil = nil
      failures = []
      return nil
    }
  }

  private var pairs: RecencyTable<Pair, Count>
  private var names: RecencyTable<LoginName, Count>

  /// Nobody has failed.
  package init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) {
    pairs = RecencyTable(capacity: capacity)
    names = RecencyTable(capacity: capacity)
  }

  /// Somebody wants to try a password.
  ///
  /// - Parameter now: never before that of an earlier call.
  package mutating func begin(_ caller: Caller, at now: MonotonicTime) -> Verdict {
    if caller.isExempt { return .tried }
    var (pair, name) = counts(of: caller, at: now)
    if let rest = pair.lock(at: now) { return .locked(rest) }
    if let rest = name.lock(at: now), !caller.isKnown { return .locked(rest) }
    // Whoever sends many at once has no more of them tried than may fail.
    guard pair.failures.count + pair.running < Self.pairLimit,
      caller.isKnown || name.failures.count + name.running < Self.nameLimit
    else { return .busy }
    pair.running += 1
    name.running += 1
    store(pair, name, of: caller)
    return .tried
  }

  /// The password was wrong.
  ///
  /// - Returns: whether this failure locks the pair.
  package mutating func fail(_ caller: Caller, at now: MonotonicTime) -> Bool {
    if caller.isExempt { return false }
    var (pair, name) = counts(of: caller, at: now)
    pair.running = max(0, pair.running - 1)
    name.running = max(0, name.running - 1)
    var locks = false
    if pair.lock(at: now) == nil {
      pair.failures.append(now)
      locks = pair.failures.count >= Self.pairLimit
      if locks { pair.lockedUntil = now + Self.time }
    }
    if name.lock(at: now) == nil {
      name.failures.append(now)
      if name.failures.count >= Self.nameLimit { name.lockedUntil = now + Self.time }
    }
    store(pair, name, of: caller)
    return locks
  }

  /// It was right: the failures of this pair are no failures in a row any more.
  package mutating func succeed(_ caller: Caller, at now: MonotonicTime) {
    if caller.isExempt { return }
    var (pair, name) = counts(of: caller, at: now)
    pair.running = max(0, pair.running - 1)
    name.running = max(0, name.running - 1)
    if pair.lock(at: now) == nil { pair.failures = [] }
    store(pair, name, of: caller)
  }

  /// It was not tried after all.
  package mutating func abandon(_ caller: Caller, at now: MonotonicTime) {
    if caller.isExempt { return }
    var (pair, name) = counts(of: caller, at: now)
    pair.running = max(0, pair.running - 1)
    name.running = max(0, name.running - 1)
    store(pair, name, of: caller)
  }

  private mutating func counts(of caller: Caller, at now: MonotonicTime) -> (pair: Count, name: Count) {
    var pair = pairs[Pair(name: caller.name, network: caller.network)] ?? Count(caller)
    if pair.unlockedAt != caller.unlockedAt { pair = Count(caller) }
    var name = names[caller.name] ?? Count(caller)
    if name.unlockedAt != caller.unlockedAt { name = Count(caller) }
    name.failures.removeAll { now - $0 >= Self.nameWindow }
    return (pair, name)
  }

  private mutating func store(_ pair: Count, _ name: Count, of caller: Caller) {
    pairs[Pair(name: caller.name, network: caller.network)] = pair
    names[caller.name] = name
  }
}
