public import System

/// The header fields that tell a client of its limits. Names and values are ASCII.
public enum RateLimitFields {
  /// A field.
  public typealias Field = (name: String, value: String)

  /// Those of a response that was let in.
  ///
  /// - Parameters:
  ///   - standings: one of a kind (``LimitStandings/keepTightest()``); nobody's limits: no fields.
  ///   - wall: the time of day, for dialects that tell moments and not durations.
  public static func fields(
    of standings: [LimitStanding], in dialect: RateLimitDialect, at wall: Timestamp
  ) -> [Field] {
    write(standings, in: dialect, at: wall, noLaterThan: nil)
  }

  /// The same without those of the draft, which all dialects have: see ``withDraft(_:noLaterThan:_:)``.
  public static func ownFields(
    of standings: [LimitStanding], in dialect: RateLimitDialect, at wall: Timestamp
  ) -> [Field] {
    var fields: [Field] = []
    append(standings, in: dialect, to: &fields, at: wall)
    return fields
  }

  /// Those of a refusal.
  ///
  /// - Parameters:
  ///   - retryAfter: nil where waiting does not help.
  ///   - isFinal: whether clients should not try again by themselves: a budget is used up.
  public static func fields(
    ofRefusal standings: [LimitStanding], retryAfter: Duration?, isFinal: Bool, in dialect: RateLimitDialect,
    at wall: Timestamp
  ) -> [Field] {
    // No time of the draft's is after Retry-After: at that the client is let in, though not all is given back yet.
    var fields = write(standings, in: dialect, at: wall, noLaterThan: retryAfter.map(wholeSeconds))
    if let retryAfter { fields += retryFields(after: retryAfter) }
    if isFinal { fields.append(("x-should-retry", "false")) }
    return fields
  }

  /// When to come again, rounded up: `Retry-After` in seconds (RFC 9110 section 10.2.3) and `retry-after-ms`, which the openai client
  /// reads first. At least 1 each.
  public static func retryFields(after wait: Duration) -> [Field] {
    [
      ("Retry-After", "\(max(wholeSeconds(wait), 1))"),
      ("retry-after-ms", "\(max(RateLimitFields.roundUp(wait, to: 1_000_000), 1))"),
    ]
  }

  private static func write(
    _ standings: [LimitStanding], in dialect: RateLimitDialect, at wall: Timestamp, noLaterThan latest: Int64?
  ) -> [Field] {
    var fields: [Field] = []
    withDraft(LimitStandings(standings), noLaterThan: latest) { name, value in
      fields.append((name.description, String(decoding: value, as: UTF8.self)))
    }
    append(standings, in: dialect, to: &fields, at: wall)
    return fields
  }

  private static func append(
    _ standings: [LimitStanding], in dialect: RateLimitDialect, to fields: inout [Field], at wall: Timestamp
  ) {
    if dialect == .ollama { return }
    let requests = tightest(of: .rpm, .rpd, in: standings)
    let tokens = tightest(of: .tpm, .tpd, in: standings)
    switch dialect {
    case .ollama: break
    case .openAI:
      if let requests { appendOpenAI(requests, "requests", to: &fields) }
      if let tokens { appendOpenAI(tokens, "tokens", to: &fields) }
    case .anthropic:
      if let requests { appendAnthropic(requests, "requests", to: &fields, at: wall) }
      if let tokens {
        // There is one limit of both: each may be all of it.
        for name in ["tokens", "input-tokens", "output-tokens"] {
          appendAnthropic(tokens, name, to: &fields, at: wall)
        }
      }
    case .chat:
      guard let requests else { break }
      let reset = moment(requests, at: wall).millisecondsSince1970 / 1000
      fields.append(("X-RateLimit-Limit", "\(requests.limit)"))
      fields.append(("X-RateLimit-Remaining", "\(requests.remaining)"))
      fields.append(("X-RateLimit-Reset", "\(reset)"))
    }
  }

  /// That of which less is left: the dialects tell of one limit of a kind.
  private static func tightest(
    of first: LimitKind, _ second: LimitKind, in standings: [LimitStanding]
  ) -> LimitStanding? {
    var result: LimitStanding?
    for standing in standings where standing.kind == first || standing.kind == second {
      if let other = result, other.remaining <= standing.remaining { continue }
      result = standing
    }
    return result
  }

  private static func appendOpenAI(_ standing: LimitStanding, _ unit: String, to fields: inout [Field]) {
    fields.append(("x-ratelimit-limit-\(unit)", "\(standing.limit)"))
    fields.append(("x-ratelimit-remaining-\(unit)", "\(standing.remaining)"))
    fields.append(("x-ratelimit-reset-\(unit)", durationText(wholeSeconds(standing.fullAgain ?? .zero))))
  }

  private static func appendAnthropic(
    _ standing: LimitStanding, _ unit: String, to fields: inout [Field], at wall: Timestamp
  ) {
    let name = "anthropic-ratelimit-\(unit)"
    fields.append(("\(name)-limit", "\(standing.limit)"))
    fields.append(("\(name)-remaining", "\(standing.remaining)"))
    // The text has milliseconds, which are zero.
    fields.append(("\(name)-reset", "\(moment(standing, at: wall).iso8601.prefix(19))Z"))
  }

  /// When a limit is full again, to the second, rounded up.
  private static func moment(_ standing: LimitStanding, at wall: Timestamp) -> Timestamp {
    let moment = wall.adding(standing.fullAgain ?? .zero).millisecondsSince1970
    let (seconds, rest) = moment.quotientAndRemainder(dividingBy: 1000)
    let whole = (rest > 0 ? seconds + 1 : seconds).multipliedReportingOverflow(by: 1000)
    return Timestamp(millisecondsSince1970: whole.overflow ? moment : whole.partialValue)
  }

  static func wholeSeconds(_ duration: Duration) -> Int64 { roundUp(duration, to: 1_000_000_000) }

  /// In units of so many nanoseconds, rounded up, 0 or more.
  private static func roundUp(_ duration: Duration, to unit: Int64) -> Int64 {
    let (whole, rest) = max(duration.wholeNanoseconds, 0).quotientAndRemainder(dividingBy: unit)
    return rest > 0 ? whole + 1 : whole
  }

  /// As OpenAI's API has it: `1s`, `6m0s`, `1h0m0s`.
  static func durationText(_ seconds: Int64) -> String {
    switch seconds {
    case ..<60: "\(max(seconds, 0))s"
    case ..<3600: "\(seconds / 60)m\(seconds % 60)s"
    default: "\(seconds / 3600)h\(seconds / 60 % 60)m\(seconds % 60)s"
    }
  }
}
