package import Access
package import Handling
package import JSON
package import System

/// A new secret for a key, whose earlier one stays valid for a while.
package struct KeyRotation: Sendable {
  /// How long the earlier secret is valid as well.
  package var grace: Duration
  /// The new key, where it was made elsewhere; its public part does not count.
  package var custom: KeyText?

  /// Where nothing else is said.
  package static let standardGrace = Duration.seconds(86_400)
  /// The longest: 90 days.
  package static let longestGrace = Duration.seconds(90 * 86_400)

  package init(grace: Duration = standardGrace, custom: KeyText? = nil) {
    self.grace = grace
    self.custom = custom
  }

  /// Reads the body of `POST /api/v1/admin/keys/{id}/rotate`.
  ///
  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue) throws(RequestFailure) {
    self.init()
    guard body.kind == .object else { throw .noObject(body.kind) }
    try body.forEachMember { (name, value) throws(RequestFailure) in
      if ("grace" as StaticString).equals(name) {
        if !value.isNull { grace = try KeyRotation.grace(value, "grace") }
      } else if ("key" as StaticString).equals(name) {
        if !value.isNull { custom = try NewKey.text(value) }
      } else {
        throw .unknown(name, ["grace", "key"])
      }
    }
  }

  /// Reads how long the earlier secret stays valid.
  static func grace(_ value: JSONValue, _ field: String) throws(RequestFailure) -> Duration {
    guard let grace = value.string.flatMap(TimeSpanText.duration), grace <= longestGrace else {
      throw RequestFailure(
        422, "“\(field)” takes \(TimeSpanText.takes), 90d at most.", field: field)
    }
    return grace
  }

  /// The key's new text.
  package func text(for id: KeyID) -> KeyText {
    custom.flatMap { KeyText(custom: $0.text, id: id) } ?? KeyText(id: id)
  }

  /// Gives a key its new secret.
  package func apply(_ text: KeyText, to record: inout KeyRecord, at now: Timestamp) {
    // Nothing but the last one stays: who rotates twice within a grace has lost the first.
    record.earlier =
      grace > .zero
      ? KeyRecord.EarlierSecret(
        secret: record.secret, isCustom: record.isCustom, validUntil: now.adding(grace)) : nil
    record.secret = text.secret
    record.isCustom = text.isCustom
  }
}
