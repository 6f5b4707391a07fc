internal import EventLoop
package import Fleet
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
  private let patience: Duration
  private var list = List()
  private var fetch: ServersFetch?
  private var waiting: [Question] = []

  /// What the servers have listed.
  private struct List {
    /// Those that have.
    var servers: [FleetServerID] = []
    /// The models by their canonical names, and whether each is another machine's.
    var isRemote: [String: Bool] = [:]
    /// The names of each digest, from the first time on that somebody has asked for them.
    var namesakes: Namesakes?
    /// When it was asked for; nil where it never was.
    var time: MonotonicTime?
    /// ``ModelChanges/stamp`` of then.
    var stamp: Int?
    /// The last name that was looked for and is no other machine's, as it was spelled, and whether it is listed: most requests
    /// name the model that the one before has named.
    var last: (name: String, isListed: Bool)?
  }

  /// The servers that are known well enough, or why the model may not be used.
  package typealias Completion = (Result<[FleetServerID], ModelRefusal>) -> Void

  /// Whoever waits for the list.
  private struct Question {
    let time: MonotonicTime
    let stamp: Int?
    /// Called with why there is none, or nil where there is.
    let then: (ModelRefusal?) -> Void
  }

  /// Whether anybody has asked which names a model has.
  private var looksForNamesakes = false

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
  ///   - patience: after that those that are silent are waited for no longer, if one of them is not.
  package init(_ upstreams: UpstreamClient, reader: JSONReader, patience: Duration) {
    self.upstreams = upstreams
    self.reader = reader
    self.patience = patience
  }

  private var changes: ModelChanges { upstreams.pool.modelChanges }

  /// From now on these are other servers' models, or the same ones'.
  package func serversDidChange() {
    guard upstreams.servers.ids != list.servers else { return }
    list = List()
    fetch?.cancel()
    fetch = nil
    if !waiting.isEmpty { fetchList() }
  }

  /// The servers that are known well enough, where a model is known to be none of the cloud's; nil where that has to be found out by
  /// ``check(_:then:)``. For nearly all requests this is all: nothing is made for an answer that comes later.
  package func knownServers(of name: String) -> [FleetServerID]? {
    guard !ModelName.isOfCloud(name), case .own(let isDue) = verdict(on: name) else { return nil }
    if isDue { fetchList() }
    return list.servers
  }

  /// Finds out whether a model may be used where those of the cloud may not.
  ///
  /// - Parameter then: is called once, perhaps at once.
  package func check(_ name: String, then: @escaping Completion) {
    guard !ModelName.isOfCloud(name) else { return then(.failure(.cloudModel)) }
    switch verdict(on: name) {
    case .own(let isDue):
      if isDue { fetchList() }
      then(.success(list.servers))
    case .remote: then(.failure(.cloudModel))
    case .unknown:
      wait { [unowned self] refusal in
        if let refusal { return then(.failure(refusal)) }
        then(isRemote(name) ? .failure(.cloudModel) : .success(list.servers))
      }
    }
  }

  /// Finds out which other names models have.
  ///
  /// - Parameters:
  ///   - names: those that the caller means; for all that there are, none.
  ///   - then: is called once, perhaps at once, with the servers that have listed theirs.
  package func namesakes(
    of names: [String],
    then: @escaping (Result<(namesakes: Namesakes, servers: [FleetServerID]), ModelRefusal>) -> Void
  ) {
    looksForNamesakes = true
    let isKnown = names.allSatisfy { name in
      if case .unknown = verdict(on: name) { false } else { true }
    }
    if isKnown, isFresh, let namesakes = list.namesakes {
      if isDue { fetchList() }
      return then(.success((namesakes, list.servers)))
    }
    wait { [unowned self] refusal in
      if let refusal { return then(.failure(refusal)) }
      then(.success((list.namesakes ?? Namesakes(), list.servers)))
    }
  }

  private func wait(then: @escaping (ModelRefusal?) -> Void) {
    waiting.append(Question(time: upstreams.loop.now, stamp: changes.stamp, then: then))
    fetchList()
  }

  /// The worker ends.
  package func close() {
    fetch?.cancel()
    fetch = nil
    let questions = waiting
    waiting = []
    for question in questions { question.then(.shuttingDown) }
  }

  private enum Verdict {
    case own(listIsDue: Bool)
    case remote
    case unknown
  }

  /// How old the list is; nil where nothing is known, or the models have changed since.
  private var age: Duration? {
    guard let time = list.time, let stamp = changes.stamp, stamp == list.stamp else { return nil }
    return upstreams.loop.now - time
  }

  private var isFresh: Bool { age.map { $0 < ModelSources.knownAge } ?? false }

  private var isDue: Bool { age.map { $0 >= ModelSources.refreshAge } ?? true }

  /// What the list says, as far as it is new enough.
  private func verdict(on name: String) -> Verdict {
    guard let age, age < ModelSources.knownAge else { return .unknown }
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
    // While none says anything, a request has nothing better to do than to wait: they may be busy, and no list is as good as another.
    let fetch = ServersFetch(.untilOne(after: patience)) { [unowned self] outcomes in
      self.fetch = nil
      didFetch(outcomes, stamp: stamp, start: start)
    }
    self.fetch = fetch
    let entries = upstreams.servers.entries
    fetch.start(
      "/api/tags", of: entries, by: upstreams, for: .lookup,
      limit: ServersFetch.limit(ModelSources.listLimit, of: entries.count))
  }

  private func didFetch(_ outcomes: [ServersFetch.Outcome], stamp: Int?, start: MonotonicTime) {
    // Who came meanwhile, and after a change, is not served with what was read before it.
    let isLate = { (question: Question) in question.time > start && (stamp == nil || question.stamp != stamp)
    }
    let served = waiting.filter { !isLate($0) }
    waiting.removeAll { !isLate($0) }
    if !waiting.isEmpty { fetchList() }
    var refusal: ModelRefusal?
    var servers: [FleetServerID] = []
    var isRemote: [String: Bool] = [:]
    var namesakes = looksForNamesakes ? Namesakes() : nil
    var areRead = false
    for (entry, outcome) in outcomes {
      switch ModelSources.content(outcome) {
      case .failure(let failure): refusal = refusal ?? .unknown(failure, of: entry.server)
      case .success(let content):
        servers.append(entry.id)
        areRead = add(modelsIn: content, to: &isRemote, &namesakes) || areRead
      }
    }
    if let refusal, servers.isEmpty {
      for question in served { question.then(refusal) }
      return
    }
    list.servers = servers
    list.time = start
    list.stamp = stamp
    list.last = nil
    // An Ollama that lists no models has none that are others'.
    if areRead { list.isRemote = isRemote }
    list.namesakes = namesakes
    // Whoever is told may ask for the next.
    for question in served { question.then(nil) }
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

  /// - Returns: whether it is a list at all.
  private func add(
    modelsIn content: [UInt8], to isRemote: inout [String: Bool], _ namesakes: inout Namesakes?
  ) -> Bool {
    guard let response = content.withUnsafeBytes({ try? TagsResponse($0, reader: reader) }) else {
      return false
    }
    for model in response.models {
      namesakes?.add(model)
      for name in ModelName.canonicalNames(of: model.name) ?? [] {
        isRemote[name] = model.isRemote || isRemote[name] == true
      }
    }
    return true
  }

  private func isRemote(_ name: String) -> Bool {
    ModelName.canonicalNames(of: name)?.contains { list.isRemote[$0] == true } ?? false
  }
}
