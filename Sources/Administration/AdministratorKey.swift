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
    record.scopes = Scopes(names: Scopes.allNames) ?? .admin
    record.labels[AdministratorKey.label] = AdministratorKey.origin
    return record
  }

  /// Sees to it that the key is there and valid, and that no other key is that was in the file before.
  package func install(in book: inout AccessBook, at now: Timestamp) throws(AccessError) {
    let found = book.storedKeys.first { record in
      text.isCustom ? record.isCustom && record.secret == text.secret : record.id == text.id
    }
    if let found {
      try book.change(found.id) { (record) throws(RecordError) in
        if record.secret != text.secret { record.earlier = nil }
        record.secret = text.secret
        record.isCustom = text.isCustom
        record.scopes.formUnion(.admin)
        record.isDisabled = false
        if record.expiresAt.map({ $0 <= now }) == true { record.expiresAt = nil }
      }
    } else {
      try book.add(record(at: now))
    }
    let id = found?.id ?? text.id
    for other in book.storedKeys
    where other.id != id && other.labels[AdministratorKey.label] == AdministratorKey.origin {
      try book.change(other.id) { (record) throws(RecordError) in record.isDisabled = true }
    }
  }
}
