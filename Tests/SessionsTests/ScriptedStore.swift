import Dispatch
import System

@testable import Sessions

/// A store in memory that fails on command: what was committed outlives the registries that are made with it.
final class ScriptedStore: SessionStore {
  struct Rows {
    var sessions: [StoreKey: StoredSession] = [:]
    var messages: [StoreKey: [Int: StoredMessage]] = [:]
    var generations: [String: StoredGeneration] = [:]
    var parts: [String: [Int: StoredPart]] = [:]
    var checkpoints: [Int: [UInt8]] = [:]
    var images: [StoreKey: [ImageDigest: StoredImage]] = [:]
    var requests: [String: IdempotentRequest] = [:]
    var secrets: [String: [UInt8]] = [:]
    var access = StoredAccess()
    var adoptions: [StoredAdoptionOrder] = []
    var lastAdoption = 0
    var signIns: [String: StoredSignIn] = [:]
    var usage: [StoredUsage.Account: StoredUsage] = [:]
    var entries: [StoredUsageEntry] = []
    var counters: [StoredCounter] = []
    var flushes: [Int: Int] = [:]
  }

  /// What the next commits do.
  enum Behaviour: Sendable {
    case works
    /// They fail, and nothing is written.
    case fails(StoreError)
    /// They fail when all is written.
    case failsBehind
  }

  struct State {
    var rows = Rows()
    var behaviour = Behaviour.works
    var groups: [Int] = []
    /// How many of them have touched a generation.
    var groupsOfTurns = 0
    var bytes = 0
    var wasChanged = false
    var readsFail = false
    /// How many readers there may be; one more fails, as where a server has no connection left.
    var readerLimit = Int.max
    var readers = 0
    var generations: [String] = []
  }

  let kind = StoreKind.sqlite
  let location = "scripted"
  let state = Lock(State())
  /// Held while commits shall not come back.
  private let gate = DispatchSemaphore(value: 1)

  /// From now on commits do not come back.
  func hold() { gate.wait() }
  /// They do again.
  func release() { gate.signal() }

  func behave(_ behaviour: Behaviour) { state.withLock { $0.behaviour = behaviour } }

  func makeWriter() throws(StoreError) -> sending any SessionStoreWriter { Writer(self) }
  func makeReader() throws(StoreError) -> sending any SessionStoreReader {
    let mayBeMade = state.withLock { state in
      guard state.readers < state.readerLimit else { return false }
      state.readers += 1
      return true
    }
    guard mayBeMade else { throw Self.away }
    return Reader(self)
  }
  func close() {}

  static let away = StoreError(.away, "it is away")

  private final class Writer: SessionStoreWriter {
    private let store: ScriptedStore
    init(_ store: ScriptedStore) { self.store = store }

    func commit(_ group: [StoreWrite]) throws(StoreError) -> [StoreWriteError?] {
      store.gate.wait()
      defer { store.gate.signal() }
      let result: Result<[StoreWriteError?], StoreError> = store.state.withLock { state in
        if case .fails(let error) = state.behaviour { return .failure(error) }
        var errors: [StoreWriteError?] = []
        for write in group {
          var rows = state.rows
          var error: StoreWriteError?
          do throws(StoreWriteError) {
            for change in write.changes { try rows.apply(change) }
            state.rows = rows
          } catch let refusal {
            error = refusal
          }
          errors.append(error)
        }
        state.groups.append(group.count)
        let touchesTurn = group.contains { write in
          write.changes.contains { change in
            switch change {
            case .putGeneration, .endGeneration: true
            default: false
            }
          }
        }
        if touchesTurn { state.groupsOfTurns += 1 }
        if case .failsBehind = state.behaviour { return .failure(ScriptedStore.away) }
        return .success(errors)
      }
      return try result.get()
    }

    func secret(_ name: String, orElse new: [UInt8]) throws(StoreError) -> [UInt8] {
      store.state.withLock { state in
        let secret = state.rows.secrets[name] ?? new
        state.rows.secrets[name] = secret
        return secret
      }
    }

    func wasChangedByOthers() throws(StoreError) -> Bool {
      store.state.withLock { state in
        defer { state.wasChanged = false }
        return state.wasChanged
      }
    }

    var usedBytes: Int { store.state.withLock { $0.bytes } }
  }

  private final class Reader: SessionStoreReader {
    private let store: ScriptedStore
    init(_ store: ScriptedStore) { self.store = store }

    private func rows() throws(StoreError) -> Rows {
      let rows = store.state.withLock { $0.readsFail ? nil : $0.rows }
      guard let rows else { throw ScriptedStore.away }
      return rows
    }

    func session(_ keys: [StoreKey], recent: RecentMessages) throws(StoreError) -> LoadedSession? {
      let rows = try rows()
      guard let session = keys.lazy.compactMap({ rows.sessions[$0] }).first else { return nil }
      let all = rows.history(of: session.key)
      var kept: [StoredMessage] = []
      var bytes = 0
      for message in all.reversed() {
        bytes += message.message.textBytes
        guard kept.count < 2 || kept.count < recent.messages && bytes <= recent.bytes else { break }
        kept.append(message)
      }
      return LoadedSession(session: session, messages: kept.reversed())
    }

    func sessions(
      ownedBy owner: String, skip: Int, limit: Int
    ) throws(StoreError) -> (sessions: [StoredSession], total: Int) {
      let owned = try rows().sessions.values.filter { $0.owner == owner }
        .sorted { ($1.updatedAt, $0.key.description) < ($0.updatedAt, $1.key.description) }
      return (Array(owned.dropFirst(skip).prefix(limit)), owned.count)
    }

    func latestSessions(skip: Int, limit: Int) throws(StoreError) -> [StoredSession] {
      let sessions = try rows().sessions.values
        .sorted { ($1.updatedAt, $1.key.description) < ($0.updatedAt, $0.key.description) }
      return Array(sessions.dropFirst(skip).prefix(limit))
    }

    func messages(
      of key: StoreKey, from place: Int, limit: Int, bytes: Int
    ) throws(StoreError) -> [StoredMessage] {
      var left = bytes
      var part: [StoredMessage] = []
      for message in try rows().history(of: key) where message.place >= place && part.count < limit {
        guard part.isEmpty || message.message.textBytes <= left else { break }
        left -= message.message.textBytes
        part.append(message)
      }
      return part
    }

    func images(of key: StoreKey, _ digests: [ImageDigest]) throws(StoreError) -> [StoredImage] {
      let images = try rows().images[key] ?? [:]
      return digests.compactMap { images[$0] }
    }

    func generation(_ id: String) throws(StoreError) -> StoredGeneration? { try rows().generations[id] }

    func lastGeneration(of key: StoreKey) throws(StoreError) -> StoredGeneration? {
      let order = store.state.withLock { $0.rows.order }
      return try rows().generations.values.filter { $0.session == key }
        .max { (order[$0.id] ?? 0) < (order[$1.id] ?? 0) }
    }

    func parts(of generations: [String]) throws(StoreError) -> [[StoredPart]] {
      let rows = try rows()
      do throws(DamagedCheckpoint) {
        return try rows.parts(of: generations)
      } catch { throw StoreError(.corrupt, "a checkpoint is none") }
    }

    func runningGenerations(limit: Int) throws(StoreError) -> [StoredGeneration] {
      Array(try rows().generations.values.filter { $0.end == nil }.prefix(limit))
    }

    func idempotentRequest(_ key: String, of owner: String) throws(StoreError) -> IdempotentRequest? {
      try rows().requests[owner + " " + key]
    }

    func sessions(
      notUpdatedSince time: Timestamp, ofAddressesOnly: Bool, limit: Int
    ) throws(StoreError) -> [StoredSession] {
      let old = try rows().sessions.values.filter {
        $0.updatedAt < time && (!ofAddressesOnly || $0.owner.hasPrefix("address:"))
      }
      return Array(old.sorted { $0.updatedAt < $1.updatedAt }.prefix(limit))
    }

    func sessions(after key: StoreKey?, limit: Int) throws(StoreError) -> [StoredSession] {
      let all = try rows().sessions.values.sorted { $0.key.description < $1.key.description }
      return Array(all.filter { $0.key.description > (key?.description ?? "") }.prefix(limit))
    }

    func imageDigests(of key: StoreKey) throws(StoreError) -> [ImageDigest] {
      Array((try rows().images[key] ?? [:]).keys)
    }

    func accessState() throws(StoreError) -> StoredAccessState { try rows().access.state }

    func access(limit: Int) throws(StoreError) -> StoredAccess { try rows().access }

    func keyOwners(after name: String, limit: Int) throws(StoreError) -> [String] {
      Array(
        try Set(rows().sessions.values.map(\.owner)).filter { $0.hasPrefix("key:") && $0 > name }.sorted()
          .prefix(limit))
    }

    func adoptions(limit: Int) throws(StoreError) -> [StoredAdoptionOrder] {
      Array(try rows().adoptions.prefix(limit))
    }

    func signIns(limit: Int) throws(StoreError) -> [StoredSignIn] {
      Array(try rows().signIns.values.sorted { $0.id < $1.id }.prefix(limit))
    }

    func key(_ id: String) throws(StoreError) -> StoredKey? { try rows().access.keys.first { $0.id == id } }

    func usageEntries(_ question: UsageLogQuestion) throws(StoreError) -> [StoredUsageEntry] {
      Array(
        try rows().entries.reversed().filter { question.from <= $0.place.time && $0.place.time < question.to }
          .dropFirst(question.skip).prefix(question.limit))
    }

    func usage(_ question: UsageQuestion) throws(StoreError) -> [StoredUsage] {
      question.answer(from: try rows().usage.values)
    }

    func counters(of windows: [Timestamp], limit: Int) throws(StoreError) -> [StoredCounter] {
      try rows().counters.filter { windows.contains($0.window) }
    }
  }
}

extension ScriptedStore.Rows {
  /// By which generations began.
  var order: [String: Int] {
    Dictionary(generations.values.map { ($0.id, $0.messageNumber) }) { first, _ in first }
  }

  func history(of key: StoreKey) -> [StoredMessage] {
    (messages[key] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
  }

  func parts(of generations: [String]) throws(DamagedCheckpoint) -> [[StoredPart]] {
    var found = GenerationParts(of: generations)
    for id in generations {
      let rows = (parts[id] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
      found.take(rows, of: id, isRunning: self.generations[id].map { $0.end == nil } ?? false)
    }
    for (_, texts) in checkpoints.sorted(by: { $0.key < $1.key }) { try found.take(checkpoint: texts) }
    return found.parts
  }

  /// The texts that are kept of a generation.
  func texts(of generation: String) -> String {
    let parts = (try? parts(of: [generation]))?.first ?? []
    return String(decoding: parts.flatMap(\.text), as: UTF8.self)
  }

  mutating func apply(_ change: StoreChange) throws(StoreWriteError) {
    switch change {
    case .putSession(var session):
      session.owner = sessions[session.key]?.owner ?? session.owner
      sessions[session.key] = session
    case .updateSession(var session):
      guard let known = sessions[session.key] else { throw .sessionIsGone }
      session.owner = known.owner
      sessions[session.key] = session
    case .deleteSession(let key):
      sessions[key] = nil
      messages[key] = nil
      images[key] = nil
      for generation in generations.values where generation.session == key {
        generations[generation.id] = nil
        parts[generation.id] = nil
      }
    case .putMessage(let message, let key):
      guard sessions[key] != nil else { throw .sessionIsGone }
      if let known = messages[key]?[message.place],
        known.message.number != message.message.number || known.message.content != message.message.content
      {
        throw .conflict("place \(message.place)")
      }
      messages[key, default: [:]][message.place] = message
    case .dropMessages(let key, let place): messages[key] = messages[key]?.filter { $0.key < place }
    case .putImage(let image, let key):
      guard sessions[key] != nil else { throw .sessionIsGone }
      images[key, default: [:]][image.digest] = image
    case .dropImages(let key, let kept): images[key] = images[key]?.filter { kept.contains($0.key) }
    case .putGeneration(let generation):
      guard sessions[generation.session] != nil else { throw .sessionIsGone }
      generations[generation.id] = generation
    case .endGeneration(let id, let end):
      generations[id]?.end = end
      if end.state != .interrupted { parts[id] = nil }
    case .appendPart(let part):
      guard let generation = generations[part.generation], generation.end == nil else { return }
      parts[part.generation, default: [:]][part.index] = part
    case .dropEndedParts(let key):
      for generation in generations.values where generation.session == key && generation.end != nil {
        parts[generation.id] = nil
      }
    case .putCheckpoint(let checkpoint): checkpoints[checkpoint.number] = checkpoint.texts
    case .dropCheckpoints(let number): checkpoints = checkpoints.filter { $0.key >= number }
    case .dropEarlierCheckpoints: checkpoints = [:]
    case .putIdempotentRequest(let request): requests[request.owner + " " + request.key] = request
    case .dropIdempotentRequest(let id): requests = requests.filter { $0.value.generation != id }
    case .dropIdempotentRequests(let time): requests = requests.filter { $0.value.expiresAt > time }
    case .putAdoption(let order, let time):
      adoptions = adoptions.map { stored in
        guard stored.order.owner == order.other, stored.order.other != order.owner else { return stored }
        return StoredAdoptionOrder(
          number: stored.number, AdoptionOrder(other: stored.order.other, owner: order.owner),
          at: stored.orderedAt)
      }
      adoptions.removeAll { $0.order.owner == order.other }
      if !adoptions.contains(where: { $0.order == order && $0.orderedAt == time }) {
        lastAdoption += 1
        adoptions.append(StoredAdoptionOrder(number: lastAdoption, order, at: time))
      }
    case .dropAdoptions(let owner): adoptions.removeAll { $0.order.owner == owner }
    case .dropAdoption(let number, let owner):
      adoptions.removeAll { $0.number == number && $0.order.owner == owner }
    case .giveSession, .putKey, .deleteKey, .putTeam, .deleteTeam, .closeAccess: try applyToAccess(change)
    case .putUser, .deleteUser, .reserveUsers: try applyToUsers(change)
    case .putSignIn(let signIn):
      guard access.users.contains(where: { $0.id == signIn.user }) else { throw .conflict("sign-in") }
      signIns[signIn.id] = signIn
    case .dropSignIns(let ids): for id in ids { signIns[id] = nil }
    case .dropOldSignIns(let time): signIns = signIns.filter { $0.value.expiresAt > time }
    case .addUsage, .dropUsage, .dropUsageEntries, .dropCounters, .dropOldCounters: applyToUsage(change)
    }
  }

  private mutating func applyToUsers(_ change: StoreChange) throws(StoreWriteError) {
    switch change {
    case .putUser(let user):
      let place = access.users.firstIndex { $0.id == user.id }
      let before = place.map { access.users[$0].revision } ?? 0
      guard before == user.revision - 1 || place.map({ access.users[$0] == user }) == true else {
        throw .conflict("user")
      }
      if let place { access.users[place] = user } else { access.users.append(user) }
      access.state.lastUser = max(access.state.lastUser, user.id)
      access.state.closedSince = access.state.closedSince ?? .now
    case .deleteUser(let id):
      access.users.removeAll { $0.id == id }
      signIns = signIns.filter { $0.value.user != id }
      counters.removeAll { $0.subject == "user:\(id)" }
    case .reserveUsers(let id): access.state.lastUser = max(access.state.lastUser, id)
    default: return
    }
    access.state.revision += 1
  }

  private mutating func applyToAccess(_ change: StoreChange) throws(StoreWriteError) {
    switch change {
    case .giveSession(let key, let owner, let newKey):
      guard var session = sessions[key] else { throw .sessionIsGone }
      guard key == newKey || sessions[newKey] == nil else { throw .conflict("\(newKey)") }
      (session.key, session.owner) = (newKey, owner)
      let (history, pictures) = (messages[key], images[key])
      (sessions[key], messages[key], images[key]) = (nil, nil, nil)
      (sessions[newKey], messages[newKey], images[newKey]) = (session, history, pictures)
      for id in generations.keys where generations[id]?.session == key { generations[id]?.session = newKey }
      return
    case .putKey(let key):
      let place = access.keys.firstIndex { $0.id == key.id }
      let before = place.map { access.keys[$0].revision } ?? 0
      guard before == key.revision - 1 || place.map({ access.keys[$0] == key }) == true else {
        throw .conflict("key")
      }
      if let place { access.keys[place] = key } else { access.keys.append(key) }
      access.keys.sort { $0.id < $1.id }
      access.state.closedSince = access.state.closedSince ?? .now
    case .deleteKey(let id): access.keys.removeAll { $0.id == id }
    case .putTeam(let team):
      let place = access.teams.firstIndex { $0.name == team.name }
      let before = place.map { access.teams[$0].revision } ?? 0
      guard before == team.revision - 1 || place.map({ access.teams[$0] == team }) == true else {
        throw .conflict("team")
      }
      if let place { access.teams[place] = team } else { access.teams.append(team) }
    case .deleteTeam(let name): access.teams.removeAll { $0.name == name }
    case .closeAccess(let time): access.state.closedSince = access.state.closedSince ?? time
    default: return
    }
    access.state.revision += 1
  }

  private mutating func applyToUsage(_ change: StoreChange) {
    switch change {
    case .addUsage(let flush):
      guard flush.number > flushes[flush.run] ?? 0 else { return }
      flushes[flush.run] = flush.number
      for part in flush.usage { usage[part.account, default: StoredUsage(part.account)].add(part) }
      entries += flush.entries
      for counter in flush.counters {
        let place = counters.firstIndex {
          ($0.subject, $0.counter, $0.window) == (counter.subject, counter.counter, counter.window)
        }
        if let place { counters[place].amount += counter.amount } else { counters.append(counter) }
      }
    case .dropUsageEntries(let time): entries.removeAll { $0.place.time < time }
    case .dropUsage(let hour): usage = usage.filter { $0.key.hour >= hour }
    case .dropCounters(let subject):
      let users = subject.hasPrefix("key:") ? "user:\(subject.dropFirst(4)):" : nil
      counters.removeAll { counter in
        counter.subject == subject || users.map(counter.subject.hasPrefix) ?? false
      }
    case .dropOldCounters(let time):
      counters.removeAll { $0.window != StoredCounter.endless && $0.window < time }
    default: break
    }
  }
}
