package import Access
package import Handling
package import JSON
package import System

/// A key that is about to be made: its record, and its text, which is told once.
package struct NewKey: Sendable {
  /// What is kept.
  package var record: KeyRecord
  /// What its owner gets.
  package let text: KeyText

  /// Continues "takes …".
  package static let customTakes =
    "a key that was made elsewhere, of 32-256 visible characters of ASCII that do not begin with sk-og-"

  /// One that may do what people need, and has no limits.
  package init(_ text: KeyText, name: String, at now: Timestamp) {
    self.text = text
    record = KeyRecord(id: text.id, name: name, secret: text.secret, createdAt: now)
    record.isCustom = text.isCustom
  }

  /// Reads the body of `POST /api/v1/admin/keys`.
  ///
  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue, at now: Timestamp) throws(RequestFailure) {
    guard body.kind == .object else { throw .noObject(body.kind) }
    self.init(try NewKey.text(body.present("key")), name: "", at: now)
    let edit = try KeyEdit(body, of: record, isNew: true, at: now)
    guard edit.names(.name) else { throw .missing("name", "what people call the key") }
    try apply(edit, at: now, span: body.present("expires_in") == nil ? nil : "expires_in")
  }

  /// Changes the key before it is there.
  ///
  /// - Parameter span: the field that has said how long it is valid, in place of until when; nil where that was not said so.
  /// - Throws: 422 that names the field.
  package mutating func apply(
    _ edit: KeyEdit, at now: Timestamp, span: String? = nil
  ) throws(RequestFailure) {
    do throws(RecordError) { try edit.apply(to: &record) } catch { throw RequestFailure(error) }
    guard let expiresAt = record.expiresAt, expiresAt <= now else { return }
    if let span { throw RequestFailure(422, "“\(span)” takes a span of time above 0.", field: span) }
    throw RequestFailure(422, "“expires_at” takes a time that is to come.", field: "expires_at")
  }

  /// The text of a new key: the client's, or one that is made here.
  static func text(_ value: JSONValue?, _ field: String = "key") throws(RequestFailure) -> KeyText {
    guard let value else { return KeyText() }
    guard let text = value.string, let key = KeyText(custom: text) else {
      throw RequestFailure(422, "“\(field)” takes \(customTakes).", field: field)
    }
    return key
  }
}
