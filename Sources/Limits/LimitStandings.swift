/// How much is left of all limits that hold for somebody.
public struct LimitStandings: Sendable {
  /// One for each limit, in the order of ``LimitSet``.
  public private(set) var all: [LimitStanding] = []
  /// The value of `RateLimit-Policy`, where these are the limits of one account; else it is to be written.
  private(set) var policies: [UInt8] = []
  private var accounts = 0

  /// Nobody's.
  public init() {}

  /// Those of limits of which nobody knows whose they are.
  public init(_ all: [LimitStanding]) {
    self.all = all
    accounts = all.count
  }

  /// Whether nothing is limited.
  public var isEmpty: Bool { all.isEmpty }

  /// Those of an account come now.
  ///
  /// - Parameter policies: see ``policies``.
  mutating func begin(_ policies: [UInt8]) {
    accounts += 1
    self.policies = accounts == 1 ? policies : []
  }

  mutating func append(_ standing: LimitStanding) {
    // As many as most responses tell of.
    if all.isEmpty { all.reserveCapacity(3) }
    all.append(standing)
  }

  /// Of several of one kind, as a key and its team have, the one of which less is left; in the order of the first.
  public mutating func keepTightest() {
    guard accounts > 1 else { return }
    var tightest: [LimitStanding] = []
    for standing in all {
      if let place = tightest.firstIndex(where: { $0.kind == standing.kind }) {
        if standing.remaining < tightest[place].remaining { tightest[place] = standing }
      } else {
        tightest.append(standing)
      }
    }
    all = tightest
  }
}
