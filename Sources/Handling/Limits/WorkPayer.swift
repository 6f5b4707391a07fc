package import Access
package import Accounts
package import Limits
package import System

/// For whom a model works: whose limits hold, and in whose account it stands.
package struct WorkPayer: Sendable {
  /// What the key that was shown gives; nil without one.
  package let grant: KeyGrant?
  /// Whose user it is: the one that a key with `may_act_for_users` names, else the key's own.
  package let user: UserName?
  /// The client's, as far as it is believed; nil behind a UNIX socket.
  package let address: IPAddress?

  /// - Parameter address: the client's, as far as it is believed.
  package init(_ principal: Principal, at address: IPAddress?) {
    grant = principal.grant
    self.address = address
    if case .user(let user) = principal.id { self.user = user } else { user = nil }
  }

  private init(grant: KeyGrant, user: UserName?, at address: IPAddress?) {
    (self.grant, self.user, self.address) = (grant, user, address)
  }

  /// The same with the key as it is now: its limits may have changed since a WebSocket was opened.
  ///
  /// - Returns: nil where the key is gone.
  package func current(in directory: KeyDirectory) -> WorkPayer? {
    guard let grant else { return self }
    return directory[grant.record.id].map { WorkPayer(grant: $0, user: user, at: address) }
  }

  /// The public part of the key, if there is one.
  package var key: KeyID? { grant?.record.id }

  /// Whether the key's user is one that it names, request by request.
  private var namesUser: Bool { user != nil && grant?.record.mayActForUsers == true }

  /// Whose limits hold, and which. A key that acts for users lends each of them its limits, and what all of them have together are its
  /// team's.
  ///
  /// - Parameter anonymous: those of a client without a key.
  package func subjects(anonymous: LimitSet) -> [LimitedSubject] {
    guard let grant else {
      return anonymous.isEmpty ? [] : [LimitedSubject(.client(at: address), anonymous)]
    }
    var subjects: [LimitedSubject] = []
    let own = grant.record.limits
    if !own.isEmpty {
      if namesUser, let user {
        subjects.append(LimitedSubject(.user(user, of: grant.record.id), own))
      } else {
        subjects.append(LimitedSubject(.key(grant.record.id), own))
      }
    }
    if let team = grant.team, !team.limits.isEmpty {
      subjects.append(LimitedSubject(.team(team.name), team.limits))
    }
    return subjects
  }

  /// In whose account work with a model stands.
  ///
  /// - Parameter model: canonical; empty where it is not known.
  package func account(of model: String) -> UsageAccount {
    UsageAccount(key: key, team: grant?.record.team, user: user, model: model)
  }
}
