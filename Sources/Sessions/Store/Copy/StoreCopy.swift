internal import System

/// Copies all that a store has into another one, which is empty, and then looks whether it is the same. Nobody else uses either of
/// them meanwhile. Blocks.
package final class StoreCopy {
  /// How many there were of each.
  package struct Counts: Equatable, Sendable {
    package var sessions: Int
    package var messages: Int
    package var images: Int
    package var generations: Int
    package var requests: Int
    package var secrets: Int
    package var keys: Int
    package var teams: Int
    package var users: Int
    /// Rows of usage and of its log, and counters of budgets.
    package var usage: Int

    package init(
      sessions: Int = 0, messages: Int = 0, images: Int = 0, generations: Int = 0, requests: Int = 0,
      secrets: Int = 0, keys: Int = 0, teams: Int = 0, users: Int = 0, usage: Int = 0
    ) {
      self.sessions = sessions
      self.messages = messages
      self.images = images
      self.generations = generations
      self.requests = requests
      self.secrets = secrets
      self.keys = keys
      self.teams = teams
      self.users = users
      self.usage = usage
    }
  }

  /// Rows that are read at once, and bytes of messages.
  static let page = (rows: 100, bytes: 4 << 20)
  /// Members of a group, and about their bytes.
  private static let group = (members: 500, bytes: 4 << 20)

  /// So far.
  package internal(set) var counts = Counts()
  let source: any FullStoreReader
  let target: any FullStoreReader
  let targetStore: any CopyableStore
  private let writer: any SessionStoreWriter
  /// What waits for being written together.
  private var waiting: [StoreWrite] = []
  private var waitingBytes = 0

  /// - Throws: where one of the stores cannot be read or written.
  package init(from source: any CopyableStore, to target: any CopyableStore) throws(StoreError) {
    self.source = try source.makeFullReader()
    self.target = try target.makeFullReader()
    targetStore = target
    writer = try target.makeWriter()
  }

  /// Copies and compares. Where it fails, what was copied is deleted again, if the target lets that be; but access stays closed.
  ///
  /// - Parameter progress: called now and then, with ``counts``.
  package func run(progress: (Counts) -> Void = { _ in }) throws(StoreCopyError) {
    try asking { () throws(StoreError) in try target.sessions(after: nil, limit: 1).isEmpty }
      .isTrue(orElse: .notEmpty("sessions"))
    try checkHasNoAccess()
    try copySecrets()
    do throws(StoreCopyError) {
      // First of all: nothing of it is open for a moment.
      try copyAccess()
      try eachSession { (session) throws(StoreCopyError) in
        try copy(session)
        progress(counts)
      }
      try copyRequests()
      try copyUsage()
      try flush()
      try compare()
    } catch {
      deleteAll()
      throw error
    }
  }

  /// Goes through the source's sessions, in the order of their keys.
  func eachSession(_ body: (StoredSession) throws(StoreCopyError) -> Void) throws(StoreCopyError) {
    var last: StoreKey?
    while true {
      let sessions = try asking { () throws(StoreError) in
        try source.sessions(after: last, limit: Self.page.rows)
      }
      guard let end = sessions.last else { return }
      for session in sessions { try body(session) }
      last = end.key
    }
  }

  /// Asks a store.
  func asking<Result>(_ question: () throws(StoreError) -> Result) throws(StoreCopyError) -> Result {
    do throws(StoreError) {
      return try question()
    } catch { throw .failed(error) }
  }

  // MARK: Copying

  private func copySecrets() throws(StoreCopyError) {
    for (name, value) in try asking({ () throws(StoreError) in try source.secrets() }) {
      let stored = try asking { () throws(StoreError) in try writer.secret(name, orElse: value) }
      try (stored == value).isTrue(orElse: .notEmpty("a secret (\(name))"))
      counts.secrets += 1
    }
  }

  private func copy(_ session: StoredSession) throws(StoreCopyError) {
    try put([.putSession(session)])
    counts.sessions += 1
    try copyMessages(of: session.key)
    for digest in try asking({ () throws(StoreError) in try source.imageDigests(of: session.key) }) {
      // One at a time: some megabytes each.
      for image in try asking({ () throws(StoreError) in try source.images(of: session.key, [digest]) }) {
        try put([.putImage(image, in: session.key)], bytes: image.bytes.count)
        counts.images += 1
      }
    }
    try copyGenerations(of: session.key)
  }

  private func copyMessages(of key: StoreKey) throws(StoreCopyError) {
    var place = 0
    while true {
      let messages = try asking { () throws(StoreError) in
        try source.messages(of: key, from: place, limit: Self.page.rows, bytes: Self.page.bytes)
      }
      guard let last = messages.last else { return }
      for message in messages {
        try put([.putMessage(message, in: key)], bytes: message.message.textBytes)
        counts.messages += 1
      }
      place = last.place &+ 1
    }
  }

  private func copyGenerations(of key: StoreKey) throws(StoreCopyError) {
    var skip = 0
    while true {
      let generations = try asking { () throws(StoreError) in
        try source.generations(of: key, skip: skip, limit: Self.page.rows)
      }
      if generations.isEmpty { return }
      for generation in generations { try copy(generation) }
      skip += generations.count
    }
  }

  /// Parts are taken while a generation runs only: so it ends behind them.
  private func copy(_ generation: StoredGeneration) throws(StoreCopyError) {
    var running = generation
    running.end = nil
    let parts = try asking { () throws(StoreError) in try source.parts(of: generation.id) }
    let bytes = parts.reduce(0) { $0 + $1.text.count + $1.lengths.count }
    let end = generation.end.map { [StoreChange.endGeneration(id: generation.id, $0)] } ?? []
    try put([.putGeneration(running)] + parts.map { .appendPart($0) } + end, bytes: bytes)
    counts.generations += 1
  }

  private func copyRequests() throws(StoreCopyError) {
    let now = Timestamp.now
    var skip = 0
    while true {
      let requests = try asking { () throws(StoreError) in
        try source.idempotentRequests(skip: skip, limit: Self.page.rows)
      }
      if requests.isEmpty { return }
      for request in requests where request.expiresAt > now {
        try put([.putIdempotentRequest(request)])
        counts.requests += 1
      }
      skip += requests.count
    }
  }

  // MARK: Writing

  func put(_ changes: [StoreChange], bytes: Int = 0) throws(StoreCopyError) {
    waiting.append(StoreWrite(changes))
    waitingBytes += bytes
    if waiting.count >= Self.group.members || waitingBytes >= Self.group.bytes { try flush() }
  }

  private func flush() throws(StoreCopyError) {
    let writes = waiting
    (waiting, waitingBytes) = ([], 0)
    let errors = try asking { () throws(StoreError) in try writer.commit(writes) }
    for (write, error) in zip(writes, errors) {
      guard let error else { continue }
      throw .refused("\(write.changes.first.map { StoreCopy.words(for: $0) } ?? "nothing"): \(error)")
    }
  }

  /// What a change is, without its contents.
  private static func words(for change: StoreChange) -> String {
    switch change {
    case .putSession(let session): "the session \(session.key)"
    case .putMessage(let message, let key): "the message \(message.message.number) of \(key)"
    case .putImage(let image, let key): "the image \(image.digest) of \(key)"
    case .putGeneration(let generation): "the generation \(generation.id)"
    case .putKey(let key): "the key \(key.id)"
    case .putTeam(let team): "the team \(team.name)"
    case .putUser(let user): "the user \(user.id)"
    case .reserveUsers: "which numbers users had"
    case .putSignIn: "that somebody has signed in"
    case .putAdoption: "that sessions change hands"
    case .addUsage: "what was used"
    default: "a key of a request"
    }
  }

  private func deleteAll() {
    (waiting, waitingBytes) = ([], 0)
    while let sessions = try? target.sessions(after: nil, limit: Self.page.rows), !sessions.isEmpty {
      guard delete(sessions.map { .deleteSession($0.key) }) else { return }
    }
    guard let access = try? target.access(limit: Self.accessLimit),
      let counters = try? target.counters(limit: Self.accessLimit)
    else { return }
    let adoptions = (try? target.adoptions(limit: Self.accessLimit)) ?? []
    _ = delete(
      adoptions.map { .dropAdoption(number: $0.number, owner: $0.order.owner) }
        + access.keys.map { .deleteKey(id: $0.id) }
        + access.teams.map { .deleteTeam(name: $0.name) }
        + access.users.map { .deleteUser(id: $0.id) }
        + counters.map { .dropCounters(of: $0.subject) } + [
          .dropUsage(before: .max), .dropUsageEntries(before: Timestamp(millisecondsSince1970: .max)),
        ])
  }

  private func delete(_ changes: [StoreChange]) -> Bool {
    let errors = try? writer.commit(changes.map { StoreWrite([$0]) })
    return errors?.allSatisfy { $0 == nil } ?? false
  }
}

extension Bool {
  /// Throws where it is not.
  func isTrue(orElse error: StoreCopyError) throws(StoreCopyError) {
    guard self else { throw error }
  }
}
