import Limits
import System
import Testing

@Suite("Fields that tell of limits") struct RateLimitFieldsTests {
  /// 2026-11-27T00:00:00.500Z.
  private static let wall = Timestamp(millisecondsSince1970: 1_795_737_600_500)
  private static let standings = [
    LimitStanding(kind: .rpm, limit: 60, remaining: 12, fullAgain: .milliseconds(30_200)),
    LimitStanding(kind: .rpd, limit: 1000, remaining: 900, fullAgain: .seconds(3600)),
    LimitStanding(kind: .tpm, limit: 100_000, remaining: 99_000, fullAgain: .milliseconds(600)),
    LimitStanding(kind: .concurrent, limit: 4, remaining: 3, fullAgain: nil),
    LimitStanding(kind: .budget(.tokens, .month), limit: 5, remaining: 5, fullAgain: .seconds(5)),
  ]
  private static let draft = [
    "RateLimit-Policy: \"rpm\";q=60;w=60, \"rpd\";q=1000;w=86400, \"concurrent\";q=4;qu=\"concurrent-requests\"",
    "RateLimit: \"rpm\";r=12;t=31, \"rpd\";r=900;t=3600, \"concurrent\";r=3",
  ]

  private static func lines(_ fields: [RateLimitFields.Field]) -> [String] {
    fields.map { "\($0.name): \($0.value)" }
  }

  private static func lines(_ standings: [LimitStanding], _ dialect: RateLimitDialect) -> [String] {
    lines(RateLimitFields.fields(of: standings, in: dialect, at: wall))
  }

  @Test func allHaveThoseOfTheDraft() {
    #expect(Self.lines(Self.standings, .ollama) == Self.draft)
  }

  @Test("OpenAI's") func openAI() {
    #expect(
      Self.lines(Self.standings, .openAI) == Self.draft + [
        "x-ratelimit-limit-requests: 60", "x-ratelimit-remaining-requests: 12",
        "x-ratelimit-reset-requests: 31s", "x-ratelimit-limit-tokens: 100000",
        "x-ratelimit-remaining-tokens: 99000", "x-ratelimit-reset-tokens: 1s",
      ])
  }

  @Test("Anthropic's") func anthropic() {
    #expect(
      Self.lines(Self.standings, .anthropic) == Self.draft + [
        "anthropic-ratelimit-requests-limit: 60", "anthropic-ratelimit-requests-remaining: 12",
        "anthropic-ratelimit-requests-reset: 2026-11-27T00:00:31Z",
        "anthropic-ratelimit-tokens-limit: 100000", "anthropic-ratelimit-tokens-remaining: 99000",
        "anthropic-ratelimit-tokens-reset: 2026-11-27T00:00:02Z",
        "anthropic-ratelimit-input-tokens-limit: 100000", "anthropic-ratelimit-input-tokens-remaining: 99000",
        "anthropic-ratelimit-input-tokens-reset: 2026-11-27T00:00:02Z",
        "anthropic-ratelimit-output-tokens-limit: 100000",
        "anthropic-ratelimit-output-tokens-remaining: 99000",
        "anthropic-ratelimit-output-tokens-reset: 2026-11-27T00:00:02Z",
      ])
  }

  @Test("The chat API's") func chat() {
    #expect(
      Self.lines(Self.standings, .chat) == Self.draft + [
        "X-RateLimit-Limit: 60", "X-RateLimit-Remaining: 12", "X-RateLimit-Reset: 1795737631",
      ])
  }

  @Test func whoHasNoLimitsHasNoFields() {
    for dialect in [RateLimitDialect.ollama, .openAI, .anthropic, .chat] {
      #expect(Self.lines([], dialect).isEmpty)
    }
    #expect(Self.lines([Self.standings[2]], .ollama).isEmpty)
  }

  /// Of one account they are written when its limits change, of several when they are told.
  @Test(arguments: [
    LimitSet(rpm: 60, rpd: 1000, tpm: 5, concurrent: 4), LimitSet(concurrent: 999_999_999_999_999),
    LimitSet(rpm: 1_000_000_000_000_000), LimitSet(tpm: 7), LimitSet.none,
  ])
  func policiesOfAnAccountAreThoseOfItsLimits(limits: LimitSet) {
    var account = LimitAccount()
    account.use(LimitSet(rpm: 1, rpd: 2, concurrent: 3), at: MonotonicTime(nanoseconds: 0), Self.wall)
    account.use(limits, at: MonotonicTime(nanoseconds: 0), Self.wall)
    var standings = LimitStandings()
    account.appendStandings(to: &standings, at: MonotonicTime(nanoseconds: 0), Self.wall)
    var lines: [String] = []
    RateLimitFields.withDraft(standings) { lines.append("\($0): \(String(decoding: $1, as: UTF8.self))") }
    #expect(lines == Self.lines(standings.all, .ollama))
    account.appendStandings(to: &standings, at: MonotonicTime(nanoseconds: 0), Self.wall)
    lines = []
    standings.keepTightest()
    RateLimitFields.withDraft(standings) {
      lines.append("\($0): \(String(decoding: $1, as: UTF8.self))")
    }
    #expect(lines == Self.lines(standings.all, .ollama))
    #expect(lines.isEmpty == (limits.rpm == nil && limits.rpd == nil && limits.concurrent == nil))
  }

  @Test func whatIsTightestIsTold() {
    let day = LimitStanding(kind: .rpd, limit: 1000, remaining: 2, fullAgain: .seconds(45_296))
    #expect(
      Self.lines([Self.standings[0], day], .openAI).dropFirst(2) == [
        "x-ratelimit-limit-requests: 1000", "x-ratelimit-remaining-requests: 2",
        "x-ratelimit-reset-requests: 12h34m56s",
      ])
    let team = LimitStanding(kind: .rpm, limit: 600, remaining: 3, fullAgain: .zero)
    var standings = LimitStandings([Self.standings[0], day, team])
    standings.keepTightest()
    #expect(standings.all == [team, day])
  }

  @Test func aRefusalSaysWhenToComeAgain() {
    let fields = RateLimitFields.fields(
      ofRefusal: [Self.standings[0]], retryAfter: .milliseconds(1001), isFinal: false, in: .openAI,
      at: Self.wall)
    #expect(
      Self.lines(fields) == [
        "RateLimit-Policy: \"rpm\";q=60;w=60", "RateLimit: \"rpm\";r=12;t=2",
        "x-ratelimit-limit-requests: 60", "x-ratelimit-remaining-requests: 12",
        "x-ratelimit-reset-requests: 31s", "Retry-After: 2", "retry-after-ms: 1001",
      ])
  }

  @Test func whatIsFinalSaysSo() {
    let fields = RateLimitFields.fields(
      ofRefusal: [], retryAfter: nil, isFinal: true, in: .anthropic, at: Self.wall)
    #expect(Self.lines(fields) == ["x-should-retry: false"])
  }

  @Test func timesAreRoundedUp() {
    #expect(
      Self.lines(RateLimitFields.retryFields(after: .nanoseconds(1))) == [
        "Retry-After: 1", "retry-after-ms: 1",
      ])
    #expect(
      Self.lines(RateLimitFields.retryFields(after: .seconds(-5))) == ["Retry-After: 1", "retry-after-ms: 1"])
    #expect(
      Self.lines(RateLimitFields.retryFields(after: .seconds(60) + .nanoseconds(1))) == [
        "Retry-After: 61", "retry-after-ms: 60001",
      ])
  }

  @Test func theLargestLimitsAreWritten() {
    let standing = LimitStanding(
      kind: .rpm, limit: 1_000_000_000_000_000, remaining: 1_000_000_000_000_000,
      fullAgain: .seconds(Int64.max))
    #expect(
      Self.lines([standing], .ollama) == [
        "RateLimit-Policy: \"rpm\";q=999999999999999;w=60",
        "RateLimit: \"rpm\";r=999999999999999;t=9223372037",
      ])
    for dialect in [RateLimitDialect.openAI, .anthropic, .chat] {
      #expect(!Self.lines([standing], dialect).isEmpty)
    }
  }
}
