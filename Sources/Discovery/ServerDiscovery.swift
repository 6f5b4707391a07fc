package import Configuration
internal import Dispatch
package import Logging
internal import System
package import Upstreams

/// Finds out where the servers are, and goes on with it: asks DNS again and again, and looks at the files. What blocks is done on
/// queues of Dispatch's. Safe from any thread.
package final class ServerDiscovery: Sendable {
  private struct Shared {
    var directory = ServerDirectory()
    /// The questions and files that it comes back to.
    var asked: Set<NameQuestion> = []
    var watches: [String: FileWatch] = [:]
    /// Those who wait until each question has a response.
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var lastWaiter = 0
    var onChange: (@Sendable () -> Void)?
    /// Names that the log was told of as being another's, and of whom.
    var told: Set<String> = []
    var isStopped = false
  }

  private let shared = Lock(Shared())
  private let resolver: any NameResolver
  private let pauses: DiscoveryPauses
  private let logger: Logger?
  /// Several, as DNS may take half a minute to say nothing; and not as many as there are names.
  private let nameQueues = (0..<4).map { DispatchQueue(label: "names-\($0)") }
  private let fileQueue = DispatchQueue(label: "server-files")

  /// - Parameter logger: nil where nobody reads it.
  package init(
    _ resolver: any NameResolver = SystemNameResolver(), pauses: DiscoveryPauses = DiscoveryPauses(),
    logger: Logger?
  ) {
    self.resolver = resolver
    self.pauses = pauses
    self.logger = logger
  }

  /// From now on the setting says this. Its files are read; where one cannot be used, all stays as it was. Names that are new are
  /// asked for, and waited for.
  ///
  /// - Parameter limit: the longest wait. A name that says nothing within it has no servers yet.
  /// - Returns: the servers, in the operator's order.
  package func use(
    _ servers: [OllamaServer], within limit: Duration
  ) async throws(ConfigurationError) -> [UpstreamServer] {
    let sources = try await read(servers).get()
    settle { directory in
      directory.use(sources)
      return nil
    }
    shared.withLock { shared in
      for (path, file) in sources.files {
        shared.watches[path, default: FileWatch(read: file.stamp)].wasRead(file.stamp)
      }
    }
    begin(asksAll: true)
    await wait(atMost: limit)
    return self.servers
  }

  /// The servers as far as they are known, in the operator's order.
  package var servers: [UpstreamServer] { shared.withLock { $0.directory.servers } }

  /// The names and files that nothing can be heard of now, and why.
  package var troubles: [(place: String, reason: String)] { shared.withLock { $0.directory.troubles } }

  /// Servers that go without a name, as another has it: by their URLs, and that name.
  package var unnamed: [(url: String, name: String)] { shared.withLock { $0.directory.unnamed } }

  /// From now on `action` is called whenever ``servers`` are others, on any thread.
  package func onChange(_ action: @escaping @Sendable () -> Void) { shared.withLock { $0.onChange = action } }

  /// Nothing is asked any more, and nobody told. What is under way ends by itself.
  package func stop() {
    let waiters = shared.withLock { shared in
      shared.isStopped = true
      shared.onChange = nil
      return ServerDiscovery.takeWaiters(&shared)
    }
    for waiter in waiters { waiter.resume() }
  }

  private func read(_ servers: [OllamaServer]) async -> Result<ServerSources, ConfigurationError> {
    await withCheckedContinuation { continuation in
      fileQueue.async {
        continuation.resume(
          returning: Result { () throws(ConfigurationError) in try ServerSources(reading: servers) })
      }
    }
  }

  // MARK: What is heard

  private func settle(_ event: (inout ServerDirectory) -> DiscoveryNote?) {
    let (note, count, waiters, onChange, unnamed) = shared.withLock { shared in
      let before = shared.directory.servers
      let note = event(&shared.directory)
      let after = shared.directory.servers
      let unnamed = shared.directory.unnamed.filter { !shared.told.contains("\($0.name) \($0.url)") }
      shared.told = Set(shared.directory.unnamed.map { "\($0.name) \($0.url)" })
      let waiters = shared.directory.isSettled ? ServerDiscovery.takeWaiters(&shared) : []
      return (note, before == after ? nil : after.count, waiters, shared.onChange, unnamed)
    }
    if let note { log(note) }
    for (url, name) in unnamed {
      logger?.warning(
        "a server goes without its name, which another has", metadata: ["url": "\(url)", "name": "\(name)"])
    }
    for waiter in waiters { waiter.resume() }
    // The first list is told by its return.
    guard let count, let onChange else { return }
    logger?.notice("the list of servers has changed", metadata: ["servers": .stringConvertible(count)])
    onChange()
  }

  private func log(_ note: DiscoveryNote) {
    switch note {
    case .lost(let place, let reason, let staying):
      logger?.warning(
        "servers cannot be looked up, those that are known stay",
        metadata: ["at": "\(place)", "reason": "\(reason)", "servers": .stringConvertible(staying)])
    case .foundAgain(let place):
      logger?.notice("servers can be looked up again", metadata: ["at": "\(place)"])
    }
  }

  // MARK: Waiting

  private static func takeWaiters(_ shared: inout Shared) -> [CheckedContinuation<Void, Never>] {
    defer { shared.waiters = [:] }
    return Array(shared.waiters.values)
  }

  private func wait(atMost limit: Duration) async {
    await withCheckedContinuation { continuation in
      let number: Int? = shared.withLock { shared in
        guard !shared.directory.isSettled, !shared.isStopped else { return nil }
        shared.lastWaiter += 1
        shared.waiters[shared.lastWaiter] = continuation
        return shared.lastWaiter
      }
      guard let number else { return continuation.resume() }
      // On none of the queues that may be blocked.
      DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(limit.wholeNanoseconds))) {
        self.shared.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
      }
    }
  }

  // MARK: Asking

  /// Comes back to what is to be asked and looked at from now on.
  ///
  /// - Parameter asksAll: whether what it comes back to anyway is asked now as well.
  private func begin(asksAll: Bool) {
    let (new, old, paths) = shared.withLock { shared in
      guard !shared.isStopped else { return ([NameQuestion](), [NameQuestion](), [String]()) }
      let questions = Set(shared.directory.questions)
      let new = questions.subtracting(shared.asked)
      let old = questions.intersection(shared.asked)
      shared.asked.formUnion(new)
      let paths = shared.directory.paths.filter { shared.watches[$0]?.begin() == true }
      return (Array(new), Array(old), paths)
    }
    for question in new { ask(question, comesBack: true) }
    if asksAll { for question in old { ask(question, comesBack: false) } }
    for path in paths { look(at: path, after: pauses.look) }
  }

  private func ask(_ question: NameQuestion, comesBack: Bool) {
    queue(of: question).async { [weak self] in self?.find(question, comesBack: comesBack) }
  }

  private func queue(of question: NameQuestion) -> DispatchQueue {
    nameQueues[Int(UInt(bitPattern: question.hashValue) % UInt(nameQueues.count))]
  }

  /// On the question's queue.
  private func find(_ question: NameQuestion, comesBack: Bool) {
    guard isWanted(question) else { return }
    let result = Result { () throws(NameError) in try resolver.servers(question) }
    settle { $0.heard(result, to: question) }
    guard comesBack else { return }
    let isKnown = shared.withLock { $0.directory.isKnown(question) }
    let pause = isKnown ? pauses.again : pauses.first
    queue(of: question).asyncAfter(deadline: .now() + .nanoseconds(Int(pause.wholeNanoseconds))) {
      [weak self] in self?.find(question, comesBack: true)
    }
  }

  private func isWanted(_ question: NameQuestion) -> Bool {
    shared.withLock { shared in
      let isWanted = !shared.isStopped && shared.directory.questions.contains(question)
      if !isWanted { shared.asked.remove(question) }
      return isWanted
    }
  }

  private func look(at path: String, after pause: Duration) {
    fileQueue.asyncAfter(deadline: .now() + .nanoseconds(Int(pause.wholeNanoseconds))) { [weak self] in
      self?.look(at: path)
    }
  }

  /// On the files' queue.
  private func look(at path: String) {
    let stamp = FileStamp(path)
    let isNew: Bool? = shared.withLock { shared in
      guard !shared.isStopped, shared.directory.paths.contains(path) else {
        shared.watches[path] = nil
        return nil
      }
      return shared.watches[path]?.look(stamp)
    }
    guard let isNew else { return }
    if isNew {
      let result = Result { () throws(ConfigurationError) in try ServerSources.entries(of: path) }
      settle { $0.read(result, of: path) }
      begin(asksAll: false)
    }
    look(at: path, after: pauses.look)
  }
}

/// How long it is between two questions.
package struct DiscoveryPauses: Sendable {
  /// Of a name of which DNS has said something.
  package var again: Duration
  /// Of one of which it has said nothing yet.
  package var first: Duration
  /// Between two looks at a file.
  package var look: Duration

  package init(again: Duration = .seconds(30), first: Duration = .seconds(5), look: Duration = .seconds(2)) {
    self.again = again
    self.first = first
    self.look = look
  }
}
