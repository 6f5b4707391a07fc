package import Access

/// Who was let in to what: what goes on for long is asked again, as keys end and change.
package struct Admitted {
  /// As he is now.
  package var principal: Principal
  /// By which he was let in.
  package let rule: RouteRule
  /// From where he has come.
  package let place: CallerPlace
  /// By what he has shown who he is.
  package let proof: Proof

  /// - Parameters: see the properties.
  package init(
    _ principal: Principal, by rule: RouteRule, from place: CallerPlace, showing proof: Proof
  ) {
    self.principal = principal
    self.rule = rule
    self.place = place
    self.proof = proof
  }

  /// Whether the time ends it, and not a change alone: his key expires, or was shown by its earlier secret, or his token expires, or he
  /// has signed in at a browser.
  var endsByItself: Bool {
    switch proof {
    case .none, .proxy: false
    case .key(let secret):
      principal.grant?.key.map { $0.expiresAt != nil || $0.earlier?.secret == secret } ?? false
    case .token, .signIn: true
    }
  }
}
