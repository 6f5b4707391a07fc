package import Access
package import AccessStorage
package import System

/// The key of `admin_key_file`: it is there from the start, as an administrator's.
package struct AdministratorKey: Sendable {
  private let text: KeyText

  /// The label of keys that came from the file.
  package static let label = "made_by"
  package static let origin = "admin_key_file"

  /// - Parameter text: the key of the file.
  package init(_ text: KeyText) { self.text = text }

  /// The key as it is where nothing is stored.
  package func record(at now: Timestamp) -> KeyRecord {
    var record = KeyRecord(
      id: text.id, name: AdministratorKey.origin, secret: text.secret, createdAt: now)
    record.isCustom = text.isCustom
    record.fileSecret = text.secret
    record.scopes = Scopes(names: Scopes.allNames) ?? .admin
    record.labels[AdministratorKey.label] = AdministratorKey.origin
    return record
  }

  /// The label's text once another key was in the file: should this one come back, it is a new one there. One that was rotated meanwhile is
  /// known by the file's text no more, if that was made elsewhere: then a new key is made.
  package static let former = "admin_key_file, before"

  /// What a start has done with the key of the file.
  package struct Installation: Equatable, Sendable {
    /// The key as it is now.
    package let key: KeyRecord
    /// Whether it was made, or was there by another way and is the file's now.
    package let isMade, isTaken: Bool
    /// Those that were in the file before, and are disabled now.
    package let ended: [KeyRecord]
    /// Why the file's text is no administrator's key; nil where it is.
    package let fault: Fault?
  }

  /// What an administrator has made of the key of the file.
  package enum Fault: Equatable, Sendable {
    case disabled, expired, rotated, withoutScope
  }

  /// Sees to it that the key is there, and that no other key is valid that was in the file before. What an administrator has done to it
  /// since it is in the file stays, at each start: it would be valid again without his knowing.
  package func install(in book: inout AccessBook, at now: Timestamp) throws(AccessError) -> Installation {
    let found = find(in: book)
    let isTaken = found.map { !$0.isOfFile } ?? false
    let id = found?.id ?? text.id
    let record: KeyRecord
    if let found {
      record = try book.change(found.id) { (record) throws(RecordError) in
        if isTaken { take(&record, at: now) }
        note(in: &record)
      }
    } else {
      record = self.record(at: now)
      try book.add(record)
    }
    var ended: [KeyRecord] = []
    for other in book.storedKeys where other.id != id && other.isOfFile {
      let changed = try book.change(other.id) { (record) throws(RecordError) in
        record.isDisabled = true
        record.fileSecret = nil
        if record.labels[AdministratorKey.label] == AdministratorKey.origin {
          record.labels[AdministratorKey.label] = AdministratorKey.former
        }
      }
      if !other.isDisabled { ended.append(changed) }
    }
    return Installation(
      key: record, isMade: found == nil, isTaken: isTaken, ended: ended, fault: fault(of: record, at: now))
  }

  /// The key that the file means: the one that it has made, whatever its secret is by now, or one that is known by its text.
  private func find(in book: AccessBook) -> KeyRecord? {
    let keys = book.storedKeys
    if let made = keys.first(where: { $0.fileSecret == text.secret }) { return made }
    guard text.isCustom else { return book.storedKeys.first { $0.id == text.id } }
    return keys.first { $0.isCustom && $0.secret == text.secret }
      // An older program has not noted what the file had.
      ?? keys.first { record in
        guard record.isOfFile, record.fileSecret == nil, let earlier = record.earlier else { return false }
        return earlier.isCustom && earlier.secret == text.secret
      }
  }

  /// Makes a key that was there the file's.
  private func take(_ record: inout KeyRecord, at now: Timestamp) {
    if record.secret != text.secret { record.earlier = nil }
    record.secret = text.secret
    record.isCustom = text.isCustom
    record.scopes.formUnion(.admin)
    record.isDisabled = false
    if record.expiresAt.map({ $0 <= now }) == true { record.expiresAt = nil }
    // For people: what counts is the note.
    let isMarked = record.labels[AdministratorKey.label] != nil
    if isMarked || record.labels.count < KeyRecord.labelLimit {
      record.labels[AdministratorKey.label] = AdministratorKey.origin
    }
  }

  /// Notes what the file has, as long as that is not what a rotation has taken away: then it is noted already, or an older program has
  /// noted nothing.
  private func note(in record: inout KeyRecord) {
    if record.secret == text.secret || record.fileSecret == nil { record.fileSecret = text.secret }
  }

  private func fault(of record: KeyRecord, at now: Timestamp) -> Fault? {
    if record.secret != text.secret { return .rotated }
    if record.isDisabled { return .disabled }
    if let end = record.expiresAt, end <= now { return .expired }
    return record.scopes.contains(.admin) ? nil : .withoutScope
  }
}

extension KeyRecord {
  /// Whether it is in the store as the key of the file.
  fileprivate var isOfFile: Bool {
    // An older program has the label alone.
    fileSecret != nil || labels[AdministratorKey.label] == AdministratorKey.origin
  }
}

extension AdministratorKey.Fault: CustomStringConvertible {
  /// For people: continues "the key of admin_key_file …".
  package var description: String {
    switch self {
    case .disabled: "is disabled, and stays so until keys enable, or until the file has another key"
    case .expired: "has expired, and stays so until keys set --no-expiry, or until the file has another key"
    case .rotated: "was rotated since: put what it is now into the file, or another key"
    case .withoutScope:
      "has not the scope admin any more: keys set --admin gives it back, or put another key into the file"
    }
  }
}
