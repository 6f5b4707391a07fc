package import Access

/// Who was let in to what: what goes on for long is asked again, as keys end and change.
package struct Admitted {
  /// As he is now.
  package var principal: Principal
  /// By which he was let in.
  package let rule: RouteRule
  /// From where he has come.
  package let place: CallerPlace
  /// The secret of the key that he has shown; nil without one.
  package let secret: SecretDigest?

  /// - Parameters: see the properties.
  package init(
    _ principal: Principal, by rule: RouteRule, from place: CallerPlace, showing secret: SecretDigest?
  ) {
    self.principal = principal
    self.rule = rule
    self.place = place
    self.secret = secret
  }

  /// Whether the time ends it, and not a change alone: his key expires, or was shown by its earlier secret.
  var endsByItself: Bool {
    guard let record = principal.grant?.record else { return false }
    return record.expiresAt != nil || record.earlier.map { $0.secret == secret } == true
  }
}
