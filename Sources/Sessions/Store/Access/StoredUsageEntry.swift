package import System

/// One request, as the log of usage has it.
package struct StoredUsageEntry: Equatable, Sendable {
  /// By which it is found: when it ended, and which one it was then.
  package struct Place: Equatable, Sendable {
    package var time: Timestamp
    /// Which process: chosen at random.
    package var run: Int
    /// Counted in each run.
    package var number: Int

    package init(time: Timestamp, run: Int, number: Int) {
      (self.time, self.run, self.number) = (time, run, number)
    }
  }

  package var place: Place
  /// What it used, for whom and of which model; its hour is that of the place.
  package private(set) var usage: StoredUsage
  /// The name of the server that had it; empty where none had, or it has no name.
  package var server: String
  /// Of the model; empty where it was not known.
  package var digest: String
  /// Of which API it was.
  package var dialect: String
  /// The response's.
  package var status: Int
  /// By which the log and the client know it.
  package var requestID: String

  /// What is stored of the usage: the rest is told by the status.
  package static let figures = StoredUsage.Figure.allCases.filter { $0 != .requests && $0 != .failures }

  package init(
    _ place: Place, _ usage: StoredUsage, server: String, digest: String, dialect: String, status: Int,
    requestID: String
  ) {
    self.place = place
    self.usage = usage
    self.usage.account.hour = Int(place.time.millisecondsSince1970 / 3_600_000)
    self.usage[.requests] = 1
    self.usage[.failures] = status >= 400 ? 1 : 0
    self.server = server
    self.digest = digest
    self.dialect = dialect
    self.status = status
    self.requestID = requestID
  }

  /// As stores have it.
  ///
  /// - Parameter numbers: of ``figures``, in their order.
  package init(
    _ place: Place, _ account: StoredUsage.Account, numbers: [Int], server: String, digest: String,
    dialect: String, status: Int, requestID: String
  ) {
    var usage = StoredUsage(account)
    for (figure, number) in zip(Self.figures, numbers) { usage[figure] = number }
    self.init(
      place, usage, server: server, digest: digest, dialect: dialect, status: status, requestID: requestID)
  }

  /// Of ``figures``, in their order.
  package var numbers: [Int] { Self.figures.map { StoredUsage.addend(usage[$0]) } }
}

/// Which requests of the log somebody wants to see: the last ones first.
package struct UsageLogQuestion: Equatable, Sendable {
  /// From this time on.
  package var from: Timestamp
  /// To this time, which is out of it.
  package var to: Timestamp
  /// Whose alone, and of which model; nil for those of all.
  package var key: String?
  package var team: String?
  package var user: String?
  package var model: String?
  package var skip = 0
  package var limit = 1000

  package init(from: Timestamp, to: Timestamp) { (self.from, self.to) = (from, to) }
}
