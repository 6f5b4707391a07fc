internal import Configuration
internal import Fleet
internal import Upstreams

/// Where the servers are: what the setting says, and what was heard of DNS and of files. A plain value: who asks tells it.
struct ServerDirectory: Sendable {
  private struct NameState {
    /// In order.
    var found: [FoundServer] = []
    var numbers = ServerNumbers()
    /// Whether anything was heard, if only that there is no response.
    var isHeard = false
    /// Whether there was a response once.
    var isKnown = false
    /// Why the last question has failed.
    var failure: String?
  }

  private var sources = ServerSources()
  private var names: [NameQuestion: NameState] = [:]
  private var fileFailures: [String: String] = [:]

  /// As many servers are used, of a name and in all.
  static let limit = FleetPolicy.serverLimit

  /// What DNS is to be asked.
  var questions: some Collection<NameQuestion> { names.keys }

  /// The files to be watched.
  var paths: some Collection<String> { sources.files.keys }

  /// Whether there was a response to each question, or none to be had.
  var isSettled: Bool { names.values.allSatisfy(\.isHeard) }

  /// Whether DNS has had a response to it at any time.
  func isKnown(_ question: NameQuestion) -> Bool { names[question]?.isKnown == true }

  /// What is wrong now: where, and why.
  var troubles: [(place: String, reason: String)] {
    names.compactMap { question, state in state.failure.map { (place: "\(question)", reason: $0) } }
      .sorted { $0.place < $1.place } + fileFailures.sorted { $0.key < $1.key }.map { ("file:\($0)", $1) }
  }

  // MARK: Events

  /// From now on the setting says this. What is known of names stays.
  mutating func use(_ sources: ServerSources) {
    self.sources = sources
    fileFailures = [:]
    keepNames()
  }

  /// DNS has responded, or not. Harmless for what nobody wants to know any more.
  mutating func heard(
    _ result: Result<[FoundServer], NameError>, to question: NameQuestion
  ) -> DiscoveryNote? {
    guard var state = names[question] else { return nil }
    defer { names[question] = state }
    state.isHeard = true
    switch result {
    case .success(let servers):
      state.found = Array(Set(servers).sorted().prefix(Self.limit))
      state.numbers.use(state.found)
      state.isKnown = true
      defer { state.failure = nil }
      return state.failure == nil ? nil : .foundAgain("\(question)")
    case .failure(let error):
      defer { state.failure = error.reason }
      return state.failure == nil
        ? .lost("\(question)", reason: error.reason, staying: state.found.count) : nil
    }
  }

  /// A file was read again. Harmless where nobody wants to know it any more.
  mutating func read(_ result: Result<[ServerEntry], ConfigurationError>, of path: String) -> DiscoveryNote? {
    guard let old = sources.files[path] else { return nil }
    switch result {
    case .success(let entries):
      sources.files[path] = (entries, nil)
      keepNames()
      return fileFailures.removeValue(forKey: path).map { _ in .foundAgain("file:\(path)") }
    case .failure(let error):
      let isNews = fileFailures.updateValue(error.description, forKey: path) != error.description
      return isNews
        ? .lost("file:\(path)", reason: error.description, staying: old.entries.count) : nil
    }
  }

  /// The names that are asked for are those of the entries.
  private mutating func keepNames() {
    var kept: [NameQuestion: NameState] = [:]
    for question in entries.compactMap(\.question) { kept[question] = names[question] ?? NameState() }
    names = kept
  }

  // MARK: The list

  private var entries: [ServerEntry] {
    sources.parts.flatMap { part in
      switch part {
      case .entry(let entry): [entry]
      case .file(let path): sources.files[path]?.entries ?? []
      }
    }
  }

  /// The servers, in the operator's order: no two of one URL, of which the first counts, and no two of one name, which the first
  /// has.
  var servers: [UpstreamServer] { named.servers }

  /// Those that go without the name that they were given or would have by their number, as another has it.
  var unnamed: [(url: String, name: String)] { named.unnamed }

  private var named: (servers: [UpstreamServer], unnamed: [(url: String, name: String)]) {
    var servers: [UpstreamServer] = []
    var unnamed: [(url: String, name: String)] = []
    var urls: Set<String> = []
    var taken: Set<String> = []
    for entry in entries {
      let login = UpstreamLogin(entry.server, entry.secrets)
      for (url, name) in places(of: entry) {
        guard servers.count < Self.limit else { return (servers, unnamed) }
        guard urls.insert(url).inserted else { continue }
        let isFree = name.map { taken.insert($0).inserted } ?? false
        if let name, !isFree { unnamed.append((url, name)) }
        servers.append(UpstreamServer(entry.server, url: url, name: isFree ? name : nil, login: login))
      }
    }
    return (servers, unnamed)
  }

  private func places(of entry: ServerEntry) -> [(url: String, name: String?)] {
    let name = entry.server.name?.text
    if case .url(let url) = entry.server.place { return [("\(url)", name)] }
    guard let question = entry.question, let state = names[question] else { return [] }
    return state.found.map { server in
      (server.url, name.flatMap { name in state.numbers[server].map { "\(name)-\($0)" } })
    }
  }
}
