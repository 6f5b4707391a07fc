internal import Access
package import Accounts
internal import EventLoop
package import Limits
package import OllamaAPI
internal import System
package import Telemetry

/// Lets in what models are asked for, as far as limits allow, and counts what comes of it: the one place between a request's model
/// check and its upstream call. Lives on its worker's loop.
///
/// Who has neither a key, nor limits, nor a proxy that names him costs a look at three fields; and a token costs nobody anything.
package final class WorkMeter {
  package let control: AccessControl
  let loop: EventLoop
  private let metrics: WorkerMetrics
  private let labels: KeyLabels
  /// Those of clients without a key; replaced by a reload.
  package var anonymousLimits = LimitSet.none {
    didSet { limitsAnonymous = !anonymousLimits.isEmpty }
  }
  private var limitsAnonymous = false
  /// Whether each request is kept for the log of usage; replaced by a reload.
  package var keepsLog = false
  private var accounts = RecentAccounts()
  private let digest: (String) -> String?
  /// What is at a server.
  private var running: [MeteredWork] = []
  private lazy var timer = LazyTimer(loop: loop) { [unowned self] in tellProgress() }

  /// Between two looks at what runs, for the accounts.
  private static let interval = Duration.seconds(1)

  /// - Parameter digest: of a model, by its canonical name; nil where it is not known.
  init(
    _ control: AccessControl, labels: KeyLabels, metrics: WorkerMetrics, on loop: EventLoop,
    digest: @escaping (String) -> String?
  ) {
    self.digest = digest
    self.control = control
    self.labels = labels
    self.metrics = metrics
    self.loop = loop
  }

  /// Whether what is done for the payer is counted.
  package func counts(_ payer: WorkPayer) -> Bool {
    payer.grant != nil || limitsAnonymous || payer.isNamedByProxy
  }

  /// Whether what is done for a request is counted.
  package func counts(_ request: GatewayRequest) -> Bool {
    if request.principal?.grant != nil || limitsAnonymous { return true }
    if case .proxyUser? = request.principal?.id { return true }
    return false
  }

  /// Lets work in.
  ///
  /// - Parameters:
  ///   - model: its canonical name, aliases resolved; nil where that is not known.
  ///   - format: that of the API by which it was asked for.
  ///   - id: the request's, for the log.
  /// - Returns: the work; nil where nothing is counted.
  /// - Throws: 429 where a limit is reached, 400 for what it can never fit.
  package func begin(
    _ demand: Demand, of model: String?, for payer: WorkPayer, as format: ErrorFormat, _ id: RequestID
  ) throws(RequestFailure) -> MeteredWork? {
    guard counts(payer) else { return nil }
    return try begin(
      demand, of: model, in: payer.account(of: model ?? ""), for: payer.subjects(anonymous: anonymousLimits),
      by: payer.grant, as: format, id)
  }

  /// The same for a key or a user that names nobody else, as nearly all do.
  func begin(
    _ demand: Demand, of model: String?, for grant: Grant, as format: ErrorFormat, _ id: RequestID
  ) throws(RequestFailure) -> MeteredWork {
    try begin(
      demand, of: model, in: accounts.account(of: grant, model ?? ""), for: grant.limited, by: grant,
      as: format, id)
  }

  // Inlined, as what a request is for is then not copied.
  @inline(__always)
  private func begin(
    _ demand: Demand, of model: String?, in account: UsageAccount, for subjects: [LimitedSubject],
    by grant: Grant?, as format: ErrorFormat, _ id: RequestID
  ) throws(RequestFailure) -> MeteredWork {
    let wall = Timestamp.now
    switch control.admit(
      demand, of: account, for: subjects, by: grant, telling: RateLimitDialect(format), at: loop.now, wall)
    {
    case .admitted(let reservation):
      return MeteredWork(
        self, reservation, label: labels.number(for: grant),
        detail: keepsLog ? detail(of: id, model, format) : nil)
    case .refused(let refusal): throw failure(refusal, of: grant, as: format, at: wall)
    }
  }

  private func detail(of id: RequestID, _ model: String?, _ format: ErrorFormat) -> UsageDetail {
    let dialect =
      switch format {
      case .problem: "chat"
      case .ollama: "ollama"
      case .openAI: "openai"
      case .anthropic: "anthropic"
      }
    return UsageDetail(
      server: nil, digest: model.flatMap(digest), dialect: dialect, requestID: id.description)
  }

  /// Takes one of the payer's WebSockets, until the last reference goes; nil where none is counted.
  ///
  /// - Throws: 429 where as many are open as may be.
  package func takeWebSocket(
    of payer: WorkPayer, as format: ErrorFormat
  ) throws(RequestFailure) -> PlaceHold? {
    guard counts(payer) else { return nil }
    let wall = Timestamp.now
    let subjects = payer.subjects(anonymous: anonymousLimits)
    switch control.take(.webSocket, for: subjects, at: loop.now, wall) {
    case .success(let hold): return hold
    case .failure(let refusal): throw failure(refusal, of: payer.grant, as: format, at: wall)
    }
  }

  private func failure(
    _ refusal: LimitRefusal, of grant: Grant?, as format: ErrorFormat, at wall: Timestamp
  ) -> RequestFailure {
    metrics.keys.noteRefusal(refusal.kind, label: labels.number(for: grant))
    return RequestFailure(refusal, in: format, at: wall)
  }

  func add(_ work: MeteredWork) {
    work.place = running.count
    running.append(work)
    if running.count == 1 { timer.schedule(noLaterThan: loop.now + WorkMeter.interval) }
  }

  func remove(_ work: MeteredWork) {
    guard let place = work.place else { return }
    work.place = nil
    let last = running.removeLast()
    guard last !== work else { return }
    running[place] = last
    last.place = place
  }

  func settle(
    _ reservation: Reservation, _ record: UsageRecord, _ detail: UsageDetail?, label: Int
  ) {
    guard let usage = control.settle(reservation, record, detail, at: loop.now, .now) else { return }
    metrics.keys.note(usage, status: record.status, label: label)
  }

  private func tellProgress() {
    for work in running { work.tellProgress() }
    if !running.isEmpty { timer.schedule(noLaterThan: loop.now + WorkMeter.interval) }
  }

  /// The worker ends: so does all that runs.
  func close() {
    timer.cancel()
    while let work = running.last { work.endEarly() }
  }
}
