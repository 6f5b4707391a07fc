package import Access
package import Accounts
package import Limits
package import System

/// For whom a model works: whose limits hold, and in whose account it stands.
package struct WorkPayer: Sendable {
  /// What the key that was shown gives, or having signed in; nil without either.
  package let grant: Grant?
  /// Who it is whom a key with `may_act_for_users` names, or a trusted proxy; nil where neither does.
  private let named: UserName?
  /// Whether it is a proxy that does.
  package let isNamedByProxy: Bool
  /// The client's, as far as it is believed; nil behind a UNIX socket.
  package let address: IPAddress?

  /// - Parameter address: the client's, as far as it is believed.
  package init(_ principal: Principal, at address: IPAddress?) {
    grant = principal.grant
    self.address = address
    switch principal.id {
    case .keyUser(_, let name): (named, isNamedByProxy) = (name, false)
    case .proxyUser(let name): (named, isNamedByProxy) = (name, true)
    default: (named, isNamedByProxy) = (nil, false)
    }
  }

  /// Who has shown a key that names nobody, or has signed in.
  init(_ grant: Grant) { self.init(grant: grant, named: nil, at: nil) }

  /// With what a key or a user has by now: a proxy names neither.
  private init(grant: Grant, named: UserName?, at address: IPAddress?) {
    (self.grant, self.named, self.address, isNamedByProxy) = (grant, named, address, false)
  }

  /// The same with key and user as they are now: limits may have changed since a WebSocket was opened.
  ///
  /// - Returns: nil where they are gone.
  package func current(in directory: KeyDirectory) -> WorkPayer? {
    guard let grant else { return self }
    return directory.current(grant).map { WorkPayer(grant: $0, named: named, at: address) }
  }

  /// The public part of the key, if there is one.
  package var key: KeyID? { grant?.key?.id }

  /// Whose account it is: the one who is named, else the key's user, or who has signed in. Whom a proxy names is no user, and stands
  /// beside him who is called the same; of a name that is too long for that the beginning counts.
  package var user: UserName? {
    if isNamedByProxy, let named {
      let mark = "proxy/user:"
      return UserName("\(mark)\(named.text.prefix(UserName.longest - mark.utf8.count))") ?? named
    }
    return named ?? grant?.user?.name ?? grant?.key?.user
  }

  /// Whose limits hold, and which. A key that acts for users lends each of them its limits, and what all of them have together are its
  /// user's and its team's.
  ///
  /// - Parameter anonymous: those of a client without a key; asked for of such a one alone.
  package func subjects(anonymous: @autoclosure () -> LimitSet) -> [LimitedSubject] {
    guard let grant else {
      let anonymous = anonymous()
      guard !anonymous.isEmpty else { return [] }
      return [LimitedSubject(named.map { .proxyUser($0) } ?? .client(at: address), anonymous)]
    }
    guard let named, grant.mayActForUsers, let key = grant.key?.id else { return grant.limited }
    return grant.limited.map { limited in
      limited.subject == .key(key) ? LimitedSubject(.keyUser(key, named), limited.limits) : limited
    }
  }

  /// In whose account work with a model stands.
  ///
  /// - Parameter model: canonical; empty where it is not known.
  package func account(of model: String) -> UsageAccount {
    UsageAccount(key: key, team: grant?.key?.team ?? grant?.team?.name, user: user, model: model)
  }
}
