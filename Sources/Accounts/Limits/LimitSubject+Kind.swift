internal import Access

extension LimitSubject {
  /// Who makes subjects of a kind: those of one kind are to push out no others.
  enum Kind: CaseIterable, Sendable {
    /// The administrator.
    case named
    /// A key, or a proxy, in any number.
    case user
    /// Anybody, in any number.
    case address
  }

  var kind: Kind {
    switch self {
    case .key, .user, .team: .named
    case .keyUser, .proxyUser: .user
    case .address: .address
    }
  }
}
