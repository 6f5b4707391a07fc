package import Access

/// Who was let in to what: what goes on for long is asked again, as keys end and change.
package struct Admitted {
  /// As he is now.
  package var principal: Principal
  /// By which he was let in.
  package let rule: RouteRule
  /// From where he has come.
  package let place: CallerPlace

  /// - Parameters: see the properties.
  package init(_ principal: Principal, by rule: RouteRule, from place: CallerPlace) {
    self.principal = principal
    self.rule = rule
    self.place = place
  }
}
