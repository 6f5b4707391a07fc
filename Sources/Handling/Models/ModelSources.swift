internal import EventLoop
internal import HTTPClient
internal import HTTPFields
package import JSON
internal import OllamaAPI
internal import System
package import Upstreams

/// Knows which models the account pays that Ollama is signed in with: those of its maker's cloud. Their names tell, or
/// Ollama's list of models, where one under any name may have a `remote_host`.
///
/// The list is asked for when a name is not in it, and now and then. Lives on its worker's loop.
package final class ModelSources {
  private let upstreams: UpstreamClient
  private let reader: JSONReader
  /// Whose models the list has.
  private var server: UpstreamServer
  private var list = List()
  private var fetch: UpstreamCall?
  private var waiting: [Question] = []

  /// What Ollama has listed.
  private struct List {
    /// The models by their canonical names, and whether each is another machine's.
    var isRemote: [String: Bool] = [:]
    /// When it was asked for; nil where it never was.
    var time: MonotonicTime?
    /// ``ModelChanges/stamp`` of then.
    var stamp: Int?
    /// The last name that was looked for and is no other machine's, as it was spelled, and whether it is listed: most requests
    /// name the model that the one before has named.
    var last: (name: String, isListed: Bool)?
  }

  /// A name that waits for the list.
  private struct Question {
    let name: String
    let time: MonotonicTime
    let stamp: Int?
    let then: (ModelRefusal?) -> Void
  }

  /// How long the list is believed of a model that is in it. From `refreshAge` on it is asked for anew meanwhile.
  private static let knownAge = Duration.seconds(60)
  private static let refreshAge = Duration.seconds(10)
  /// How long the list is believed of a model that is not in it.
  private static let unknownAge = Duration.seconds(1)

  /// Bytes of a list: a thousand models take about 400 KB. Of more nothing is kept.
  private static let listLimit = 16 << 20

  /// - Parameters:
  ///   - upstreams: asks for the list, on the loop of both.
  ///   - reader: reads it.
  ///   - server: whose models it is about, until ``use(_:)`` says another.
  package init(_ upstreams: UpstreamClient, reader: JSONReader, server: UpstreamServer) {
    self.upstreams = upstreams
    self.reader = reader
    self.server = server
  }

  private var changes: ModelChanges { upstreams.pool.modelChanges }

  /// From now on it is another server's models, or the same one's.
  package func use(_ server: UpstreamServer) {
    guard server != self.server else { return }
    self.server = server
    list = List()
    fetch?.cancel()
    fetch = nil
    if !waiting.isEmpty { fetchList() }
  }

  /// Finds out whether a model may be used where those of the cloud may not.
  ///
  /// - Parameter then: is called once, perhaps at once, with why it may not, or nil.
  package func check(_ name: String, then: @escaping (ModelRefusal?) -> Void) {
    guard !ModelName.isOfCloud(name) else { return then(.cloudModel) }
    switch verdict(on: name) {
    case .own(let isDue):
      if isDue { fetchList() }
      then(nil)
    case .remote: then(.cloudModel)
    case .unknown:
      waiting.append(Question(name: name, time: upstreams.loop.now, stamp: changes.stamp, then: then))
      fetchList()
    }
  }

  /// The worker ends.
  package func close() {
    fetch?.cancel()
    fetch = nil
    let questions = waiting
    waiting = []
    tell(questions) { _ in .shuttingDown }
  }

  private enum Verdict {
    case own(listIsDue: Bool)
    case remote
    case unknown
  }

  /// What the list says, as far as it is new enough.
  private func verdict(on name: String) -> Verdict {
    guard let time = list.time, let stamp = changes.stamp, stamp == list.stamp else { return .unknown }
    let age = upstreams.loop.now - time
    guard age < ModelSources.knownAge else { return .unknown }
    let isDue = age >= ModelSources.refreshAge
    let isListed: Bool
    if let last = list.last, last.name.hasSameBytes(as: name) {
      isListed = last.isListed
    } else {
      // No name of another form is a model's.
      guard let names = ModelName.canonicalNames(of: name) else { return .own(listIsDue: false) }
      let found = names.compactMap { list.isRemote[$0] }
      if found.contains(true) { return .remote }
      isListed = !found.isEmpty
      list.last = (name, isListed)
    }
    return isListed || age < ModelSources.unknownAge ? .own(listIsDue: isDue) : .unknown
  }

  private func fetchList() {
    guard fetch == nil else { return }
    let (stamp, start) = (changes.stamp, upstreams.loop.now)
    let request = UpstreamRequest("GET", "/api/tags", work: .lookup)
    fetch = upstreams.collect(request, limit: ModelSources.listLimit) { [unowned self] outcome in
      fetch = nil
      didFetch(outcome, stamp: stamp, start: start)
    }
  }

  private func didFetch(
    _ outcome: Result<UpstreamResponse, UpstreamFailure>, stamp: Int?, start: MonotonicTime
  ) {
    // Who came meanwhile, and after a change, is not served with what was read before it.
    let isLate = { (question: Question) in question.time > start && (stamp == nil || question.stamp != stamp)
    }
    let served = waiting.filter { !isLate($0) }
    waiting.removeAll { !isLate($0) }
    if !waiting.isEmpty { fetchList() }
    switch ModelSources.content(outcome) {
    case .failure(let failure): tell(served) { _ in .unknown(failure, of: server) }
    case .success(let content):
      list.time = start
      list.stamp = stamp
      list.last = nil
      // An Ollama that lists no models has none that are others'.
      if let models = models(in: content) { list.isRemote = models }
      tell(served) { name in isRemote(name) ? .cloudModel : nil }
    }
  }

  /// The list, or nothing where Ollama responds with something else: what is asked of such an Ollama next fails by itself, or
  /// does not.
  private static func content(
    _ outcome: Result<UpstreamResponse, UpstreamFailure>
  ) -> Result<[UInt8], UpstreamFailure> {
    switch outcome {
    case .success(let response): return .success(response.head.status == 200 ? response.content : [])
    case .failure(.transfer(.brokenOff)), .failure(.transfer(.malformed)), .failure(.transfer(.failed)):
      return .success([])
    case .failure(let failure): return .failure(failure)
    }
  }

  private func models(in content: [UInt8]) -> [String: Bool]? {
    let response = content.withUnsafeBytes { try? TagsResponse($0, reader: reader) }
    guard let response else { return nil }
    var models: [String: Bool] = [:]
    for model in response.models {
      for name in ModelName.canonicalNames(of: model.name) ?? [] {
        models[name] = model.isRemote || models[name] == true
      }
    }
    return models
  }

  private func isRemote(_ name: String) -> Bool {
    ModelName.canonicalNames(of: name)?.contains { list.isRemote[$0] == true } ?? false
  }

  /// Tells each question why its model may not be used, or nil. Whoever is told may ask for the next.
  private func tell(_ questions: [Question], _ refusal: (String) -> ModelRefusal?) {
    for question in questions { question.then(refusal(question.name)) }
  }
}
