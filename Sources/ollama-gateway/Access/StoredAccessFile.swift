import Access
import AccessStorage
import Administration
import ArgumentParser
import Configuration
import Sessions
import System

/// Keys and teams in the store of the service, as a subcommand changes them beside it.
struct StoredAccessFile {
  let store: any SessionStore
  /// The settings of the service.
  let configuration: Configuration
  /// Where it is.
  let place: ServiceStore
  private let editor: AccessEditor

  /// - Parameter makesStore: whether the store is made where there is none.
  /// - Throws: ``ConfigurationError``, and ``StoreError`` where there is no store or the running service has another one.
  init(_ settings: SettingOptions, makesStore: Bool = false) throws {
    let place = try ServiceStore(
      settings, otherwise: "by these settings nothing is stored, and keys come from keys_file alone")
    self.place = place
    configuration = place.configuration
    store = makesStore ? try place.openOrMake() : try place.open()
    editor = try AccessEditor(store)
  }

  func close() { store.close() }

  /// All keys and teams.
  func directory() throws -> KeyDirectory { try read().directory }

  /// All that there is.
  func read() throws -> AccessBook {
    try Self.telling { () throws(AccessError) in try editor.read() }
  }

  /// Keys, the one that was made last first.
  func keys(_ filter: KeyFilter, at now: Timestamp) throws -> [KeyRecord] {
    let book = try read()
    let directory = book.directory
    return book.storedKeys.filter { filter.includes($0, of: directory, at: now) }
      .sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
  }

  /// The key that is meant by its public part or its name.
  ///
  /// - Throws: exit code 1 where there is none, or several have the name.
  func key(_ text: String) throws -> KeyRecord {
    let directory = try directory()
    if let key = directory.key(meantBy: text) { return key }
    let named = directory.keys.filter { $0.name.utf8.elementsEqual(text.utf8) }
    guard named.count <= 1 else {
      throw Self.ended(
        "\(named.count) keys are called \(text): say which, by \(named.map(\.id.text).joined(separator: ", "))"
      )
    }
    guard let record = named.first else { throw Self.ended("there is no key \(KeyRedaction.text(text))") }
    return record
  }

  /// The public part of a key, by it or by the key's name. Of a key that is gone the accounts are still there.
  ///
  /// - Throws: exit code 1 where there is none of this name, or several have it.
  func id(ofUsedKey text: String) throws -> KeyID {
    guard let id = KeyID(text), try directory()[id] == nil else { return try key(text).id }
    StandardError.complain("there is no key \(id) now: this is what was used with it while there was one")
    return id
  }

  /// A team.
  ///
  /// - Throws: exit code 1 where there is none.
  func team(_ name: TeamName) throws -> TeamRecord {
    guard let team = try read()[name] else { throw Self.ended("there is no team \(name)") }
    return team
  }

  /// The user that is meant by his name, his e-mail address or his number.
  ///
  /// - Parameter directory: nil: what there is now.
  /// - Throws: exit code 1 where there is none, or the text means two.
  func user(_ text: String, in directory: KeyDirectory? = nil) throws -> UserRecord {
    guard let user = try Self.user((directory ?? self.directory()).user(meantBy: text), text) else {
      throw Self.ended("there is no user \(KeyRedaction.text(text))")
    }
    return user
  }

  /// The user of whom a key is said to be: by his name as it is, or as ``user(_:in:)``; nil where there is none.
  ///
  /// - Throws: exit code 1 where the text means two.
  func user(ofKeySaying text: String) throws -> UserRecord? {
    try Self.user(try directory().user(ofKeySaying: text), text)
  }

  private static func user(_ meant: MeantUser, _ text: String) throws -> UserRecord? {
    switch meant {
    case .one(let user): return user
    case .none: return nil
    case .two(let one, let other):
      throw ended("\(text) means \(one.name) and \(other.name): say user:\(one.id) or user:\(other.id)")
    case .unsure(let user):
      throw ended(
        "that \(text) is his nobody but \(user.name) has said: say user:\(user.id), or users verify user:\(user.id)"
      )
    }
  }

  /// Changes a user.
  ///
  /// - Returns: the user as he is now.
  func change(_ user: UserRecord, _ edit: UserEdit) throws -> UserRecord {
    let now = Timestamp.now
    return try perform { (book) throws(AccessError) in
      try book.change(user.id) { (record) throws(RecordError) in edit.apply(to: &record, at: now) }
    }
  }

  /// The sums of what was used, and one more where there are more.
  func usage(_ request: UsageRequest) throws -> [StoredUsage] {
    var question = request.question
    question.limit += 1
    return try store.makeReader().usage(question)
  }

  /// Requests of the log, and one more where there are more.
  func usageEntries(_ question: UsageLogQuestion) throws -> [StoredUsageEntry] {
    var question = question
    question.limit += 1
    return try store.makeReader().usageEntries(question)
  }

  /// Changes keys and teams, and comes back when that is stored.
  func perform<Result>(_ edit: (inout AccessBook) throws(AccessError) -> Result) throws -> Result {
    try Self.telling { () throws(AccessError) in try editor.perform(edit) }
  }

  /// Changes a key.
  ///
  /// - Returns: the key as it is now.
  func change(
    _ id: KeyID, _ change: (inout KeyRecord) throws(RecordError) -> Void
  ) throws -> KeyRecord {
    try perform { (book) throws(AccessError) in try book.change(id, change) }
  }

  /// Says why something is not done. A store has an exit code of its own, a call that is wrong 64.
  private static func telling<Result>(_ work: () throws(AccessError) -> Result) throws -> Result {
    do throws(AccessError) {
      return try work()
    } catch {
      switch error {
      case .store(let error): throw error
      case .invalid: throw ValidationError("\(error)")
      default: throw ended("\(error)")
      }
    }
  }

  /// Says why, and gives the exit code for it.
  private static func ended(_ words: String) -> ExitCode {
    StandardError.complain(words)
    return .failure
  }
}
