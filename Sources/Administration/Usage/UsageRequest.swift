package import Handling
internal import OllamaAPI
package import Sessions
package import System

/// What `GET /api/v1/admin/usage` and `ollama-gateway usage` are asked: whose use is added up, and by what it is told apart.
package struct UsageRequest: Equatable, Sendable {
  /// What sums are told apart by.
  package enum Grouping: String, CaseIterable, Sendable {
    case key, team, user, model, day, hour
  }

  /// From the hour of this time on.
  package let from: Timestamp
  /// To the hour of this time, which is out of it where it begins with that.
  package let to: Timestamp
  /// Without repetition, in the order of ``Grouping``.
  package let groups: [Grouping]
  /// What a store is asked.
  package var question: UsageQuestion

  /// Rows of one response.
  package static let limits = 1...1000
  private static let hour: Int64 = 3_600_000
  private static let standardSpan = Duration.seconds(30 * 86_400)
  /// The widest window, in hours: ten years.
  private static let widest: Int64 = 87_672

  /// What is wrong with one.
  package struct Fault: Error, Equatable {
    /// The parameter.
    package let name: String
    /// Continues "takes …".
    package let takes: String
  }

  /// - Parameters:
  ///   - from: RFC 3339, or a date; nil for 30 days before `to`.
  ///   - to: the same; nil for now.
  ///   - groups: their names, with commas between; nil for `key`.
  ///   - now: the time of day.
  package init(
    from: String?, to: String?, groups: String?, at now: Timestamp
  ) throws(Fault) {
    let end = try to.map { (text) throws(Fault) in try UsageRequest.time(text, "to") } ?? now
    let start =
      try from.map { (text) throws(Fault) in try UsageRequest.time(text, "from") }
      ?? end.adding(.zero - UsageRequest.standardSpan)
    guard start < end else { throw Fault(name: "from", takes: "a time before “to”") }
    self.from = start
    self.to = end
    self.groups = try UsageRequest.groups(groups ?? Grouping.key.rawValue)
    let (first, last) = (UsageRequest.hours(start), UsageRequest.hours(end, up: true))
    guard last - first <= UsageRequest.widest else {
      throw Fault(name: "from", takes: "a time at most ten years before “to”")
    }
    question = UsageQuestion(hours: Int(first)..<Int(last))
    question.byKey = self.groups.contains(.key)
    question.byTeam = self.groups.contains(.team)
    question.byUser = self.groups.contains(.user)
    question.byModel = self.groups.contains(.model)
    question.step =
      self.groups.contains(.hour) ? .hour : self.groups.contains(.day) ? .day : .all
  }

  /// The same of the log, which has the times as they are.
  package var logQuestion: UsageLogQuestion {
    var log = UsageLogQuestion(from: from, to: to)
    (log.key, log.team, log.user, log.model) = (question.key, question.team, question.user, question.model)
    (log.skip, log.limit) = (question.skip, question.limit)
    return log
  }

  /// A time, or the beginning of a day in UTC.
  private static func time(_ text: String, _ name: String) throws(Fault) -> Timestamp {
    let isDate = text.utf8.count == 10
    guard text.utf8.count <= 40, let time = Timestamp(iso8601: isDate ? text + "T00:00:00Z" : text),
      time.millisecondsSince1970 >= 0
    else {
      throw Fault(name: name, takes: "a time such as 2026-11-27T12:00:00Z, or a date such as 2026-11-27")
    }
    return time
  }

  private static func groups(_ text: String) throws(Fault) -> [Grouping] {
    let words = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let takes = "some of \(Grouping.allCases.map(\.rawValue).joined(separator: ", ")), with commas between"
    guard words.count <= Grouping.allCases.count else { throw Fault(name: "group_by", takes: takes) }
    // Nothing is told apart.
    if words.count == 1, words[0].isEmpty || words[0].elementsEqual("none".utf8) { return [] }
    var found: Set<Grouping> = []
    for word in words {
      guard let group = Grouping.allCases.first(where: { $0.rawValue.utf8.elementsEqual(word) }) else {
        throw Fault(name: "group_by", takes: takes)
      }
      found.insert(group)
    }
    return Grouping.allCases.filter(found.contains)
  }

  private static func hours(_ time: Timestamp, up: Bool = false) -> Int64 {
    let milliseconds = max(0, time.millisecondsSince1970)
    let hours = milliseconds / hour
    return up && milliseconds % hour != 0 ? hours + 1 : hours
  }
}

extension UsageRequest {
  /// Reads the parameters of a query.
  ///
  /// - Throws: 422 that names one.
  package init(_ parameters: QueryParameters, at now: Timestamp) throws(RequestFailure) {
    do throws(Fault) {
      try self.init(
        from: UsageRequest.text(parameters, "from"), to: UsageRequest.text(parameters, "to"),
        groups: UsageRequest.text(parameters, "group_by"), at: now)
    } catch {
      throw RequestFailure(
        422, "“\(error.name)” takes \(error.takes).", field: error.name, fault: FieldFault(in: .query))
    }
    question.key = try UsageRequest.name(parameters, "key")
    question.team = try UsageRequest.name(parameters, "team")
    question.user = try UsageRequest.name(parameters, "user")
    question.model = try UsageRequest.name(parameters, "model")
    question.skip = try parameters.integer("skip") ?? 0
    question.limit =
      try parameters.integer("limit", in: UsageRequest.limits) ?? UsageRequest.limits.upperBound
  }

  /// A parameter that cannot be decoded is none of ours that is right.
  private static func text(_ parameters: QueryParameters, _ name: String) throws(Fault) -> String? {
    do { return try parameters.text(name) } catch { throw Fault(name: name, takes: "UTF-8, escaped as %XX") }
  }

  private static func name(
    _ parameters: QueryParameters, _ name: String
  ) throws(RequestFailure) -> String? {
    guard let text = try parameters.text(name) else { return nil }
    guard text.utf8.count <= 512 else {
      throw RequestFailure(
        422, "“\(name)” takes at most 512 bytes.", field: name, fault: FieldFault(in: .query))
    }
    return text
  }
}
