internal import Access
package import System

/// Holds off who guesses passwords, without shutting out whom the guesses are about.
///
/// By name and network: the fifth failure in a row locks this pair for half an hour, whether there is such a user or not. After 50
/// failures within an hour the name is locked for as long, from wherever they came, but for the networks and browsers that have signed
/// in to it before. A network that has failed 50 times in ten minutes, by whatever names, waits until it has not.
///
/// A browser that the user has signed in with is a pair with the name wherever it comes from, and nothing that its network has done
/// counts for it. A failure while locked renews nothing, and a valid key or token is never asked about.
///
/// A plain value: events in, verdicts out. It knows the ``capacity`` pairs, as many names and networks, that were used last, and apart
/// from these as many pairs and names that are locked: no flood of other names makes it forget a lock.
package struct LoginLock: Sendable {
  /// Failures in a row of one pair.
  static let pairLimit = 5
  /// Failures of one name within ``nameWindow``, from wherever.
  static let nameLimit = 50
  /// In which failures of a name are counted.
  static let nameWindow = Duration.seconds(3600)
  /// Failures from one network within ``networkWindow``, by whatever names.
  static let networkLimit = 50
  /// In which failures from a network are counted.
  static let networkWindow = Duration.seconds(600)
  /// How long a lock holds.
  package static let time = Duration.seconds(1800)
  /// The most pairs, names and networks, and the most locks of pairs and of names.
  static let capacity = 10_000

  /// Who wants to sign in.
  package struct Caller: Hashable, Sendable {
    let name: LoginName
    let network: LoginNetwork
    /// The browser that the name's user has signed in with before, as his record has it; nil where it is none of these.
    var device: String?
    /// Whether the name's user has signed in from this network before.
    var isNetworkKnown = false
    /// Whether no lock holds: an administrator on the gateway's own machine.
    var isExempt = false
    /// When somebody has unlocked the user; nil where nobody has. Locks that were there before are none.
    var unlockedAt: Timestamp?

    /// - Parameters: see the properties.
    package init(
      name: LoginName, network: LoginNetwork, device: String? = nil, isNetworkKnown: Bool = false,
      isExempt: Bool = false, unlockedAt: Timestamp? = nil
    ) {
      self.name = name
      self.network = network
      self.device = device
      self.isNetworkKnown = isNetworkKnown
      self.isExempt = isExempt
      self.unlockedAt = unlockedAt
    }

    /// The same, who wants to sign in as another.
    func named(_ name: LoginName) -> Caller {
      Caller(
        name: name, network: network, device: device, isNetworkKnown: isNetworkKnown, isExempt: isExempt,
        unlockedAt: unlockedAt)
    }

    /// Whether locks of the name do not hold.
    var isKnown: Bool { isNetworkKnown || device != nil }

    fileprivate var pair: Pair {
      Pair(name: name, source: device.map(Pair.Source.device) ?? .network(network))
    }
  }

  /// What comes of who wants to try a password.
  package enum Verdict: Equatable, Sendable {
    /// It is tried: exactly one of ``succeed(_:at:)``, ``fail(_:at:)`` and ``abandon(_:at:)`` follows.
    case tried
    /// It is not, for so long.
    case locked(Duration)
    /// Nor is any other from this network, for so long.
    case limited(Duration)
    /// As many are being tried as may fail yet.
    case busy
  }

  fileprivate struct Pair: Hashable {
    enum Source: Hashable {
      case network(LoginNetwork)
      case device(String)
    }

    let name: LoginName
    let source: Source
  }

  /// Failures in a row.
  private var pairs: FailureTable<Pair>
  /// Failures within the window.
  private var names: FailureTable<LoginName>
  /// When, within the window, the oldest first.
  private var networks: RecencyTable<LoginNetwork, [MonotonicTime]>

  /// Nobody has failed.
  package init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) {
    pairs = FailureTable(capacity: capacity)
    names = FailureTable(capacity: capacity)
    networks = RecencyTable(capacity: capacity)
  }

  /// How many pairs, names and networks are remembered.
  var count: Int { pairs.count + names.count + networks.count }

  /// Somebody wants to try a password.
  ///
  /// - Parameter now: never before that of an earlier call.
  package mutating func begin(_ caller: Caller, at now: MonotonicTime) -> Verdict {
    if caller.isExempt { return .tried }
    var (pair, name) = counts(of: caller, at: now)
    if let rest = pair.lock(at: now) { return .locked(rest) }
    if let rest = limit(of: caller, at: now) { return .limited(rest) }
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
    pair.end()
    name.end()
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
    if caller.device == nil {
      // Those that were being tried when it was full are none too many to keep.
      let before = failures(from: caller.network, at: now).suffix(Self.networkLimit - 1)
      networks[caller.network] = Array(before) + [now]
    }
    return locks
  }

  /// It was right: the failures of this pair are no failures in a row any more.
  package mutating func succeed(_ caller: Caller, at now: MonotonicTime) {
    end(caller, at: now) { pair in if pair.lock(at: now) == nil { pair.failures = [] } }
  }

  /// It was not tried after all.
  package mutating func abandon(_ caller: Caller, at now: MonotonicTime) { end(caller, at: now) { _ in } }

  private mutating func end(
    _ caller: Caller, at now: MonotonicTime, _ change: (inout FailureCount) -> Void
  ) {
    if caller.isExempt { return }
    var (pair, name) = counts(of: caller, at: now)
    pair.end()
    name.end()
    change(&pair)
    store(pair, name, of: caller)
  }

  private func counts(of caller: Caller, at now: MonotonicTime) -> (pair: FailureCount, name: FailureCount) {
    let none = FailureCount(unlockedAt: caller.unlockedAt)
    var (pair, name) = (pairs[caller.pair] ?? none, names[caller.name] ?? none)
    if pair.unlockedAt != caller.unlockedAt { pair = none }
    if name.unlockedAt != caller.unlockedAt { name = none }
    name.failures.removeAll { now - $0 >= Self.nameWindow }
    return (pair, name)
  }

  private mutating func store(_ pair: FailureCount, _ name: FailureCount, of caller: Caller) {
    pairs.store(pair, of: caller.pair)
    names.store(name, of: caller.name)
  }

  /// How long the caller's network waits; nil where it does not, or where that is not the caller's affair.
  private func limit(of caller: Caller, at now: MonotonicTime) -> Duration? {
    guard caller.device == nil else { return nil }
    let failures = failures(from: caller.network, at: now)
    guard failures.count >= Self.networkLimit, let first = failures.first else { return nil }
    return first + Self.networkWindow - now
  }

  private func failures(from network: LoginNetwork, at now: MonotonicTime) -> [MonotonicTime] {
    (networks.peek(network) ?? []).filter { now - $0 < Self.networkWindow }
  }
}
