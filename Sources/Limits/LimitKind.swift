/// Which limit of a ``LimitSet``.
public enum LimitKind: Hashable, Sendable {
  /// Requests a minute.
  case rpm
  /// Requests a day.
  case rpd
  /// Tokens a minute.
  case tpm
  /// Tokens a day.
  case tpd
  /// Requests that run or wait.
  case concurrent
  /// Streams that are open.
  case streams
  /// WebSockets that are open.
  case websockets
  /// What a budget is of.
  case budget(Budget.Unit, CalendarPeriod)

  /// Whether tokens are counted, and not requests or time.
  public var isOfTokens: Bool {
    switch self {
    case .tpm, .tpd, .budget(.tokens, _): true
    case .rpm, .rpd, .concurrent, .streams, .websockets, .budget(.gpuSeconds, _): false
    }
  }

  /// The name in settings and documents; `budget_tokens_month` and the like for a budget.
  public var name: String {
    switch self {
    case .rpm: "rpm"
    case .rpd: "rpd"
    case .tpm: "tpm"
    case .tpd: "tpd"
    case .concurrent: "concurrent"
    case .streams: "streams"
    case .websockets: "websockets"
    case .budget(let unit, let period): "budget_\(unit.rawValue)_\(period.rawValue)"
    }
  }
}

extension LimitKind {
  /// What of it there is, for people: `60 requests a minute`.
  func words(_ limit: Int) -> String {
    switch self {
    case .rpm: LimitKind.count(limit, "request") + " a minute"
    case .rpd: LimitKind.count(limit, "request") + " a day"
    case .tpm: LimitKind.count(limit, "token") + " a minute"
    case .tpd: LimitKind.count(limit, "token") + " a day"
    case .concurrent: LimitKind.count(limit, "request") + " at a time"
    case .streams: LimitKind.count(limit, "stream") + " at a time"
    case .websockets: LimitKind.count(limit, "WebSocket") + " at a time"
    case .budget(.tokens, let period): LimitKind.count(limit, "token") + LimitKind.words(period)
    case .budget(.gpuSeconds, let period): LimitKind.count(limit, "GPU second") + LimitKind.words(period)
    }
  }

  private static func count(_ number: Int, _ unit: String) -> String {
    "\(number) \(unit)\(number == 1 ? "" : "s")"
  }

  private static func words(_ period: CalendarPeriod) -> String {
    switch period {
    case .day: " a day"
    case .week: " a week"
    case .month: " a month"
    case .total: " in all"
    }
  }
}
