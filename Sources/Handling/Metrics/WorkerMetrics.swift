package import Fleet
package import HTTPClient
internal import HTTPFields
package import OllamaAPI
package import System
package import Telemetry
package import Upstreams

/// What one worker counts. It lives on the worker's loop: nothing on a request's path waits for a lock, and whoever reads
/// adds the workers' figures up.
///
/// What a client chooses cannot make it grow: routes are patterns, unknown methods are one, and a model has its own figures
/// only once Ollama has responded for it, up to ``modelLimit`` of them. They go by the name that Ollama lists it with, however
/// it was spelled; until the list is known, by its canonical name.
package final class WorkerMetrics: UpstreamObserver {
  /// All that was counted since the worker began.
  package private(set) var figures = Figures()
  /// What came of the work for each key.
  package var keys: KeyFigures {
    get { figures.keys }
    _modify { yield &figures.keys }
  }
  private var requestIndex: [RequestSeries: Int] = [:]
  private var generationIndex: [GenerationSeries: Int] = [:]
  /// Of the last request and generation: most are of the same series as the one before, and to compare costs less than to
  /// hash.
  private var lastRequest: Int?
  private var lastGeneration: Int?
  /// How the model of the last generation was spelled.
  private var lastSpelling = ""
  private var listed = ListedModels()
  /// Whether a generation was of a model that is not in the list.
  package private(set) var hasUnlistedModels = false

  /// Models that get figures of their own, by worker.
  package static let modelLimit = 100
  /// The label of models beyond ``modelLimit``, and of those that Ollama does not list.
  package static let otherModels = "_other"

  /// The figures at one moment, apart from the worker.
  package struct Figures: Sendable {
    /// Of each series the time from a request's head to the end of its response.
    package var requests: [(series: RequestSeries, duration: Histogram)] = []
    /// Of generations that were whole, by series.
    package var generations: [(series: GenerationSeries, figures: GenerationFigures)] = []
    /// What came of calls, by server.
    package var upstreams = ServerFigures()
    /// What calls waited for a server, of those that had to, by the urgency of their bands.
    package var upstreamWaits = FleetBand.allCases.map { _ in Histogram(.waiting) }
    /// What loads took that the gateway has asked for.
    package var upstreamLoads = Histogram(.waiting)
    /// What came of the work for each key.
    package var keys = KeyFigures()
    /// Bytes of content that clients have sent.
    package var receivedBytes = 0
    /// Bytes of content that clients were sent.
    package var sentBytes = 0

    /// Brings the figures of a model under one label.
    package mutating func label(by models: ListedModels) {
      var places: [GenerationSeries: Int] = [:]
      var labelled: [(series: GenerationSeries, figures: GenerationFigures)] = []
      for (series, figures) in generations {
        let series = GenerationSeries(model: models.label(of: series.model), route: series.route)
        if let place = places[series] {
          labelled[place].figures.add(figures)
        } else {
          places[series] = labelled.count
          labelled.append((series, figures))
        }
      }
      generations = labelled
    }
  }

  /// What tells requests apart.
  package struct RequestSeries: Hashable, Sendable {
    /// The request's method.
    package let method: RequestMethod
    /// ``Route/number``, or one of ``RouteNumbers``'s.
    package let route: Int
    /// The response's status, as ``StatusSeries`` bounds it.
    package let status: Int
  }

  /// What tells generations apart.
  package struct GenerationSeries: Hashable, Sendable {
    /// The model's label: see ``WorkerMetrics``.
    package let model: String
    /// As ``RequestSeries/route``.
    package let route: Int
  }

  /// What the generations of one series have cost.
  package struct GenerationFigures: Sendable {
    /// Tokens of prompts, a generation each.
    package var inputTokens = Histogram(.tokenUsage)
    /// Tokens of what models said, a generation each.
    package var outputTokens = Histogram(.tokenUsage)
    /// Of streams only.
    package var timeToFirstToken = Histogram(.timeToFirstToken)
    /// Seconds between two tokens, the mean of a generation each. Of streams of two tokens or more.
    package var timePerOutputToken = Histogram(.timePerOutputToken)

    /// Adds those of another worker.
    package mutating func add(_ other: GenerationFigures) {
      inputTokens.add(other.inputTokens)
      outputTokens.add(other.outputTokens)
      timeToFirstToken.add(other.timeToFirstToken)
      timePerOutputToken.add(other.timePerOutputToken)
    }
  }

  /// The kinds of ``TransferError``.
  package enum UpstreamError: String, Sendable, CaseIterable {
    case unreachable, connectTimeout = "connect_timeout", firstByteTimeout = "first_byte_timeout"
    case idleTimeout = "idle_timeout", brokenOff = "broken_off", malformed, exhausted, failed
  }

  /// A request is over.
  package func noteRequest(_ series: RequestSeries, duration: Duration, sent: Int, received: Int) {
    figures.sentBytes += sent
    figures.receivedBytes += received
    // A WebSocket's exchange lasts as long as the socket: that is no response time.
    guard series.status != 101 else { return }
    let index = indexOfRequests(series)
    lastRequest = index
    figures.requests[index].duration.observe(duration)
  }

  private func indexOfRequests(_ series: RequestSeries) -> Int {
    if let lastRequest, figures.requests[lastRequest].series == series { return lastRequest }
    return requestIndex[series] ?? addRequests(series)
  }

  private func addRequests(_ series: RequestSeries) -> Int {
    figures.requests.append((series, Histogram(.requestDuration)))
    requestIndex[series] = figures.requests.count - 1
    return figures.requests.count - 1
  }

  /// A generation has ended well.
  ///
  /// - Parameters:
  ///   - start: when it was asked for.
  ///   - firstToken: when the first token came; nil where the response came in one piece.
  package func noteGeneration(
    model: String, route: Int, usage: TokenUsage, start: MonotonicTime, firstToken: MonotonicTime?,
    end: MonotonicTime
  ) {
    let index = indexOfGenerations(model, route)
    lastGeneration = index
    lastSpelling = model
    figures.generations[index].figures.inputTokens.observe(Double(usage.promptTokens))
    figures.generations[index].figures.outputTokens.observe(Double(usage.completionTokens))
    guard let firstToken else { return }
    figures.generations[index].figures.timeToFirstToken.observe(firstToken - start)
    guard usage.completionTokens > 1 else { return }
    let perToken = (end - firstToken) / (usage.completionTokens - 1)
    figures.generations[index].figures.timePerOutputToken.observe(perToken)
  }

  private func indexOfGenerations(_ spelling: String, _ route: Int) -> Int {
    if let lastGeneration, figures.generations[lastGeneration].series.route == route,
      lastSpelling.hasSameBytes(as: spelling)
    {
      return lastGeneration
    }
    let model = label(of: spelling)
    return generationIndex[GenerationSeries(model: model, route: route)] ?? addGenerations(model, route)
  }

  private func label(of spelling: String) -> String {
    guard let name = ModelName(spelling) else { return WorkerMetrics.otherModels }
    let canonical = name.canonical
    if let name = listed[canonical] { return name }
    hasUnlistedModels = true
    return canonical
  }

  private func addGenerations(_ model: String, _ route: Int) -> Int {
    let isKnown = generationIndex.keys.contains { $0.model == model }
    let models = Set(generationIndex.keys.map(\.model)).count
    let name = isKnown || models < WorkerMetrics.modelLimit ? model : WorkerMetrics.otherModels
    let series = GenerationSeries(model: name, route: route)
    if let index = generationIndex[series] { return index }
    figures.generations.append((series, GenerationFigures()))
    generationIndex[series] = figures.generations.count - 1
    return figures.generations.count - 1
  }

  /// What Ollama lists is known: models that it does not list are one.
  package func takeList(_ models: ListedModels) {
    listed = models
    hasUnlistedModels = false
    figures.label(by: models)
    generationIndex = [:]
    for (index, generation) in figures.generations.enumerated() { generationIndex[generation.series] = index }
    lastGeneration = nil
  }

  /// See ``UpstreamObserver``.
  package func noteUpstreamHead(after latency: Duration, of server: UpstreamServer?) {
    figures.upstreams.note(server) { $0.latency.observe(latency) }
  }

  /// See ``UpstreamObserver``.
  package func noteUpstreamWait(_ waited: Duration, in band: FleetBand) {
    figures.upstreamWaits[band.rawValue].observe(waited)
  }

  /// See ``UpstreamObserver``.
  package func noteUpstreamLoad(after time: Duration) { figures.upstreamLoads.observe(time) }

  /// See ``UpstreamObserver``.
  package func noteUpstreamError(_ error: TransferError, of server: UpstreamServer?) {
    figures.upstreams.note(server) { $0.errors[UpstreamError(error), default: 0] += 1 }
  }
}

extension WorkerMetrics.UpstreamError {
  /// The kind of an error, without its details.
  package init(_ error: TransferError) {
    switch error {
    case .unreachable: self = .unreachable
    case .connectTimeout: self = .connectTimeout
    case .firstByteTimeout: self = .firstByteTimeout
    case .idleTimeout: self = .idleTimeout
    case .brokenOff, .staleConnection: self = .brokenOff
    case .malformed: self = .malformed
    case .exhausted: self = .exhausted
    case .failed: self = .failed
    }
  }
}

/// The methods that OpenTelemetry names; any other is `_OTHER` (attribute `http.request.method`).
package enum RequestMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case delete = "DELETE"
  case connect = "CONNECT"
  case options = "OPTIONS"
  case trace = "TRACE"
  case patch = "PATCH"
  case other = "_OTHER"

  /// - Parameter method: as the client has sent it; methods are case-sensitive (RFC 9110 section 9.1).
  package init(_ method: String) {
    // Nearly all are one of two; a search by raw values compares with the others as well.
    self =
      method.hasSameBytes(as: "POST")
      ? .post : method.hasSameBytes(as: "GET") ? .get : RequestMethod(bytesOf: method) ?? .other
  }
}
