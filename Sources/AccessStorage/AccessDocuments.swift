internal import Access
internal import JSON
internal import Sessions

/// Keys, users, teams and sign-ins as a store has them, and back. Belongs to one thread.
struct AccessDocuments {
  /// No record comes to as much: 100 globs, 100 networks and 32 labels are the most of one.
  private static let maximumBytes = 1 << 20
  private let reader = JSONReader(maximumBytes: maximumBytes, maximumDepth: 8)

  /// - Throws: `corrupt` where it is no key that this program has written.
  func record(of key: StoredKey) throws(StoreError) -> KeyRecord {
    let record: KeyRecord
    do throws(RecordError) {
      record = try read(key.document) { (json) throws(RecordError) in try KeyRecord(json, source: .store) }
    } catch { throw Self.damaged(Self.name(of: key), error) }
    guard record.id.text.utf8.elementsEqual(key.id.utf8) else {
      throw StoreError(.corrupt, "the store is damaged: \(Self.name(of: key)) is under another id")
    }
    return record
  }

  /// - Throws: `corrupt` where it is no team that this program has written.
  func record(of team: StoredTeam) throws(StoreError) -> TeamRecord {
    let record: TeamRecord
    do throws(RecordError) {
      record = try read(team.document) { (json) throws(RecordError) in try TeamRecord(json) }
    } catch { throw Self.damaged(Self.name(of: team), error) }
    guard record.name.text.utf8.elementsEqual(team.name.utf8) else {
      throw StoreError(.corrupt, "the store is damaged: \(Self.name(of: team)) is under another name")
    }
    return record
  }

  /// - Throws: `corrupt` where it is no user that this program has written.
  func record(of user: StoredUser) throws(StoreError) -> UserRecord {
    let record: UserRecord
    do throws(RecordError) {
      record = try read(user.document) { (json) throws(RecordError) in try UserRecord(json) }
    } catch { throw Self.damaged("its user \(user.id)", error) }
    guard record.id.number == user.id, record.name.text.utf8.elementsEqual(user.name.utf8) else {
      throw StoreError(.corrupt, "the store is damaged: its user \(user.id) is under another number or name")
    }
    return record
  }

  /// - Throws: `corrupt` where it is no sign-in that this program has written.
  func record(of signIn: StoredSignIn) throws(StoreError) -> SignInRecord {
    let record: SignInRecord
    do throws(RecordError) {
      record = try read(signIn.document) { (json) throws(RecordError) in try SignInRecord(json) }
    } catch { throw Self.damaged("a sign-in of its user \(signIn.user)", error) }
    guard record.id.text.utf8.elementsEqual(signIn.id.utf8), record.user.number == signIn.user else {
      throw StoreError(
        .corrupt, "the store is damaged: a sign-in of its user \(signIn.user) is under another id")
    }
    return record
  }

  private func read<Record>(
    _ document: [UInt8], _ body: (JSONValue) throws(RecordError) -> Record
  ) throws(RecordError) -> Record {
    var result: Result<Record, RecordError>?
    document.withUnsafeBytes { bytes in
      do throws(RecordError) {
        result = .success(try reader.withDocument(bytes, body))
      } catch { result = .failure(error) }
    }
    guard let result else { throw RecordError("", takes: "a document of JSON") }
    return try result.get()
  }

  // What is no name of ours is not repeated.
  private static func name(of key: StoredKey) -> String {
    KeyID(key.id).map { "its key \($0)" } ?? "a key of it"
  }

  private static func name(of team: StoredTeam) -> String {
    TeamName(team.name).map { "its team \($0)" } ?? "a team of it"
  }

  private static func damaged(_ what: String, _ error: RecordError) -> StoreError {
    StoreError(.corrupt, "the store is damaged: \(what) cannot be read: \(error)")
  }

  static func stored(_ record: KeyRecord, revision: Int) -> StoredKey {
    var writer = JSONWriter()
    record.encode(into: &writer)
    return StoredKey(
      id: record.id.text, name: record.name, digest: Array(record.secret.hexadecimal.utf8),
      revision: revision,
      document: writer.take())
  }

  static func stored(_ user: UserRecord, revision: Int) -> StoredUser {
    var writer = JSONWriter()
    user.encode(into: &writer)
    return StoredUser(
      id: Int(user.id.number), name: user.name.text, email: user.email.map(EmailAddress.folded),
      revision: revision, document: writer.take())
  }

  static func stored(_ signIn: SignInRecord) -> StoredSignIn {
    var writer = JSONWriter()
    signIn.encode(into: &writer)
    return StoredSignIn(
      id: signIn.id.text, user: Int(signIn.user.number), expiresAt: signIn.end, document: writer.take())
  }

  static func stored(_ team: TeamRecord, revision: Int) -> StoredTeam {
    var writer = JSONWriter()
    team.encode(into: &writer)
    return StoredTeam(name: team.name.text, revision: revision, document: writer.take())
  }
}
