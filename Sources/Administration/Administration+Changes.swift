internal import Access
internal import AccessStorage
internal import Handling
internal import Limits
internal import OllamaAPI
internal import Sessions
internal import System

// What administrators do. Each act is a line of the log.
extension Administration {
  /// Makes a key.
  ///
  /// - Parameter makesUser: whether its user is made where he is not there, as LiteLLM does.
  /// - Throws: 422 for a team, or a user, that is not there.
  func add(
    _ new: NewKey, makesUser: Bool = false, by request: GatewayRequest
  ) async throws(RequestFailure) {
    let names = makesUser ? LiteLLMKeyFields.named : nil
    try await perform(naming: names) { (book) throws(AccessError) in
      try book.checkTeam(new.record.team)
      if makesUser, let name = new.record.user { try book.addUser(name, at: new.record.createdAt) }
      try book.add(new.record)
    }
    audit.note(.makeKey, key: new.record, by: request)
  }

  /// Changes a key.
  ///
  /// - Parameters:
  ///   - text: what the key is meant by.
  ///   - makesUser: whether its user is made where he is not there, as LiteLLM does.
  func change(
    _ text: String, _ edit: KeyEdit, makesUser: Bool = false, by request: GatewayRequest
  ) async throws(RequestFailure) -> KeyRecord {
    let id = try record(meantBy: text).id
    let edit = makesUser ? edit : try named(edit)
    let names = makesUser ? LiteLLMKeyFields.named : nil
    let changed = try await perform(naming: names) { (book) throws(AccessError) in
      try book.checkTeam(edit.newTeam)
      if makesUser, let name = edit.newUser { try book.addUser(name, at: .now) }
      return try book.change(id) { (record) throws(RecordError) in try edit.apply(to: &record) }
    }
    audit.note(.changeKey, key: changed, changes: edit.changes, by: request)
    return changed
  }

  /// The same with the user by his name, where he was named otherwise.
  private func named(_ edit: KeyEdit) throws(RequestFailure) -> KeyEdit {
    guard let text = edit.newUser?.text, let user = try user(ofKeySaying: text) else { return edit }
    var named = edit
    named.name(user)
    return named
  }

  /// Deletes keys: all of them, or none.
  ///
  /// - Parameter ids: each once.
  func delete(_ ids: [KeyID], by request: GatewayRequest) async throws(RequestFailure) {
    let deleted = try await perform { (book) throws(AccessError) in
      var deleted: [KeyRecord] = []
      for id in ids { deleted.append(try book.delete(id)) }
      return deleted
    }
    for record in deleted { audit.note(.deleteKey, key: record, by: request) }
  }

  /// Gives a key a new secret.
  ///
  /// - Parameters:
  ///   - edit: what is changed with it.
  ///   - makesUser: whether its user is made where he is not there, as LiteLLM does.
  /// - Returns: the key as it is now, and its text, which is told once.
  func rotate(
    _ text: String, _ rotation: KeyRotation, with edit: KeyEdit? = nil, makesUser: Bool = false,
    by request: GatewayRequest
  ) async throws(RequestFailure) -> (record: KeyRecord, text: KeyText) {
    let id = try record(meantBy: text).id
    let new = rotation.text(for: id)
    let now = Timestamp.now
    let names = makesUser ? LiteLLMKeyFields.named : nil
    let changed = try await perform(naming: names) { (book) throws(AccessError) in
      try book.checkTeam(edit?.newTeam)
      if makesUser, let name = edit?.newUser { try book.addUser(name, at: now) }
      return try book.change(id) { (record) throws(RecordError) in
        try edit?.apply(to: &record)
        rotation.apply(new, to: &record, at: now)
      }
    }
    audit.note(.rotateKey, key: changed, changes: edit?.changes ?? [], by: request)
    return (changed, new)
  }

  /// Makes or changes a team.
  func put(
    _ name: TeamName, _ body: TeamBody, by request: GatewayRequest
  ) async throws(RequestFailure) -> (team: TeamRecord, isNew: Bool) {
    let now = Timestamp.now
    let put = try await perform { (book) throws(AccessError) in
      let found = book[name]
      var team = found ?? TeamRecord(name: name, createdAt: now)
      body.apply(to: &team)
      try book.put(team, onlyIfNew: false)
      return (team: team, isNew: found == nil)
    }
    audit.note(.putTeam, team: name, by: request)
    return put
  }

  /// Deletes a team.
  ///
  /// - Throws: 409 while keys are of it.
  func delete(_ name: TeamName, by request: GatewayRequest) async throws(RequestFailure) {
    try await perform { (book) throws(AccessError) in try book.delete(name) }
    audit.note(.deleteTeam, team: name, by: request)
  }

  /// What was used.
  func usage(_ request: UsageRequest) async throws(RequestFailure) -> UsageTable {
    var question = request.question
    // One more tells whether there is more.
    question.limit += 1
    let sums: [StoredUsage]
    do throws(StoreError) {
      sums = try await keeper.usage(question)
    } catch {
      throw RequestFailure(AccessError.store(error))
    }
    let directory = directory
    return UsageTable(request, sums) { KeyID($0).flatMap { directory[$0]?.key?.name } }
  }

  /// The requests of the log.
  func usageLog(_ question: UsageLogQuestion) async throws(RequestFailure) -> UsageLogTable {
    var asked = question
    asked.limit += 1
    let entries: [StoredUsageEntry]
    do throws(StoreError) {
      entries = try await keeper.usageEntries(asked)
    } catch {
      throw RequestFailure(AccessError.store(error))
    }
    let directory = directory
    return UsageLogTable(question, entries) { KeyID($0).flatMap { directory[$0]?.key?.name } }
  }

  /// - Parameter naming: gives an error the members by which a client has said it; nil where they are the book's own.
  @discardableResult
  func perform<Result: Sendable>(
    naming: ((AccessError) -> AccessError)? = nil,
    _ edit: @escaping @Sendable (inout AccessBook) throws(AccessError) -> Result
  ) async throws(RequestFailure) -> Result {
    do throws(AccessError) {
      return try await keeper.perform(edit)
    } catch {
      throw RequestFailure(naming?(error) ?? error)
    }
  }
}

extension RequestFailure {
  /// What was asked of the keys was not done.
  init(_ error: AccessError) {
    switch error {
    case .noKey: self = .unknownKey
    case .noTeam: self = .unknownTeam
    case .noUser: self = .unknownUser
    case .keyExists: self.init(409, "There is such a key already.", field: "key")
    case .teamExists: self.init(409, "There is such a team already.", field: "name")
    case .isInFile: self.init(409, "This key is in keys_file: it is changed there.")
    case .teamHasKeys(let count):
      self.init(
        409,
        "\(count) \(count == 1 ? "key or user names" : "keys and users name") this team: change or delete them first."
      )
    case .userExists(let member):
      self.init(409, "There is a user with \(member.words) already.", field: member.rawValue)
    case .userHasFileKeys(let count):
      self.init(
        409,
        "\(count) \(count == 1 ? "key" : "keys") of keys_file \(count == 1 ? "names" : "name") this user: change that first."
      )
    case .tooManyUnconfirmed: self.init(409, "As many have registered as may be whom nobody knows.")
    case .tooMany(let limit): self.init(409, "There are \(limit) already, and no more may be.")
    case .invalid(let error): self.init(error)
    case .noStore: self.init(409, "With --store memory keys come from keys_file alone.")
    case .contended:
      self.init(409, "Somebody else changes it at the same time.", headerFields: [("Retry-After", "1")])
    // What is wrong with it is for the operator, who reads it in the log.
    case .store: self.init(503, "The store of the keys does not work.", retryAfter: 5)
    }
  }
}
