package import System

/// What was used in one hour by one key with one model.
package struct StoredUsage: Equatable, Sendable {
  /// Whose it is, and of what; by these it is found. Empty where there is none.
  package struct Account: Hashable, Sendable, Comparable {
    /// Hours since 1970 in UTC.
    package var hour: Int
    package var key: String
    package var team: String
    package var user: String
    package var model: String

    package init(hour: Int, key: String = "", team: String = "", user: String = "", model: String = "") {
      self.hour = hour
      self.key = key
      self.team = team
      self.user = user
      self.model = model
    }

    /// By the hour, and then by the bytes of the names.
    package static func < (left: Account, right: Account) -> Bool {
      guard left.hour == right.hour else { return left.hour < right.hour }
      for (first, second) in zip(left.names, right.names)
      where !first.utf8.elementsEqual(second.utf8) {
        return first.utf8.lexicographicallyPrecedes(second.utf8)
      }
      return false
    }

    private var names: [String] { [key, team, user, model] }
  }

  /// What is counted. Stores have a column for each.
  package enum Figure: String, Sendable, CaseIterable {
    case requests
    /// Requests that had no success.
    case failures
    case inputTokens = "input_tokens"
    /// Of the input: what was in a cache, where it is known.
    case cachedTokens = "cached_tokens"
    case outputTokens = "output_tokens"
    /// Sent to clients.
    case sentBytes = "sent_bytes"
    // Microseconds.
    case waitTime = "wait_time"
    case loadTime = "load_time"
    case promptTime = "prompt_time"
    case evalTime = "eval_time"
  }

  package var account: Account
  /// In the order of ``Figure``, as many as there are.
  package private(set) var sums: [Int]

  package init(_ account: Account) {
    self.account = account
    sums = [Int](repeating: 0, count: Figure.allCases.count)
  }

  /// - Parameter sums: in the order of ``Figure``; what is missing is 0.
  package init(_ account: Account, sums: some Sequence<Int>) {
    self.init(account)
    for (place, sum) in zip(self.sums.indices, sums) { self.sums[place] = sum }
  }

  /// Adds what another one has, whosever that is.
  package mutating func add(_ other: StoredUsage) {
    for (place, sum) in zip(sums.indices, other.sums) {
      sums[place] = Self.clamped(sums[place]) + Self.clamped(sum)
    }
  }

  private static func clamped(_ sum: Int) -> Int { max(-largestSum, min(sum, largestSum)) }

  /// A number of a flush as it is added.
  package static func addend(_ number: Int) -> Int { max(-largestAddend, min(number, largestAddend)) }

  package subscript(figure: Figure) -> Int {
    get { sums[Figure.places[figure] ?? 0] }
    set { sums[Figure.places[figure] ?? 0] = newValue }
  }

  /// What is added to a stored sum at once is not more, nor less than this below zero: a flush takes back what an earlier one had too
  /// much. Servers tell numbers as they like, and a sum has to have room for it.
  package static let largestAddend = 1_000_000_000_000_000
  /// Neither a stored sum nor its opposite grows beyond it.
  package static let largestSum = 4_000_000_000_000_000_000
}

extension StoredUsage.Figure {
  fileprivate static let places = Dictionary(uniqueKeysWithValues: zip(allCases, allCases.indices))
}

/// What counts toward a budget, or toward a limit of a day.
package struct StoredCounter: Equatable, Sendable {
  /// Whose it is: `key:…`, `team:…`, `user:…`.
  package var subject: String
  /// What is counted, and by which windows.
  package var counter: String
  /// When the window began; 1970 where it has no end.
  package var window: Timestamp
  package var amount: Int

  package init(subject: String, counter: String, window: Timestamp, amount: Int) {
    self.subject = subject
    self.counter = counter
    self.window = window
    self.amount = amount
  }

  /// The window that has no end.
  package static let endless = Timestamp(millisecondsSince1970: 0)
}

/// What was used since the flush before it. Stores add it once, however often it comes.
package struct StoredUsageFlush: Equatable, Sendable {
  /// Which process: chosen at random.
  package var run: Int
  /// Counted from 1 in each run: one that is not greater than the last of its run was written before.
  package var number: Int
  package var time: Timestamp
  package var usage: [StoredUsage]
  package var counters: [StoredCounter]
  /// For the log, each of another place.
  package var entries: [StoredUsageEntry]

  package init(
    run: Int, number: Int, time: Timestamp, usage: [StoredUsage] = [], counters: [StoredCounter] = [],
    entries: [StoredUsageEntry] = []
  ) {
    self.run = run
    self.number = number
    self.time = time
    self.usage = usage
    self.counters = counters
    self.entries = entries
  }
}
