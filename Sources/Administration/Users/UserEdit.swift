package import Access
package import System

/// What is to be changed of a user, by whichever way it was said. What is not named stays.
package struct UserEdit: Sendable {
  /// The members whose values are taken from ``values``.
  private var taken: Set<UserRecord.Member> = []
  private var values: UserRecord
  private var limitSteps: [LimitStep] = []

  /// Nothing is changed.
  ///
  /// - Parameter record: the user as he is now, or a new one.
  package init(of record: UserRecord) { values = record }

  /// The names of the members that it changes, for the log: `password` for what is kept of it.
  package var changes: [String] {
    var names = taken
    if !limitSteps.isEmpty { names.insert(.limits) }
    return names.map { $0 == .passwordHash ? "password" : $0.rawValue }.sorted()
  }

  /// Whether it changes nothing.
  package var isEmpty: Bool { taken.isEmpty && limitSteps.isEmpty }

  /// Whether it says something of a member.
  package func names(_ member: UserRecord.Member) -> Bool {
    taken.contains(member) || member == .limits && !limitSteps.isEmpty
  }

  /// Gives a member a value.
  package mutating func set<Failure: Error>(
    _ member: UserRecord.Member, _ change: (inout UserRecord) throws(Failure) -> Void
  ) throws(Failure) {
    try change(&values)
    taken.insert(member)
  }

  /// Changes limits, one after the other.
  package mutating func add(_ steps: [LimitStep]) { limitSteps += steps }

  /// Changes the user: another password, and being disabled, end all that he has signed in with.
  package func apply(to record: inout UserRecord, at now: Timestamp) {
    let before = record
    // An address that is known to be his is so after it is his.
    for member in UserRecord.Member.allCases where taken.contains(member) { take(member, into: &record) }
    for step in limitSteps { step.apply(to: &record.limits) }
    if taken.contains(.passwordHash) { record.setPassword(hash: values.passwordHash, at: now) }
    if record.isDisabled, !before.isDisabled { record.endSignIns(at: now) }
    if record != before { record.updatedAt = now }
  }

  private func take(_ member: UserRecord.Member, into record: inout UserRecord) {
    switch member {
    case .name: record.name = values.name
    case .email:
      record.setEmail(values.email)
      record.isEmailClaimed = false
    case .fullName: record.fullName = values.fullName
    case .scopes: record.scopes = values.scopes
    case .models: record.models = values.models
    case .team: record.team = values.team
    case .limits: record.limits = values.limits
    case .disabled: record.isDisabled = values.isDisabled
    case .verifiedAt:
      record.verifiedAt = values.verifiedAt
      // A link that was used already would verify it again.
      if record.verifiedAt == nil { record.verification = nil }
    case .identities: record.identities = values.identities
    // Done by what it means, or by nobody's wish.
    case .passwordHash, .id, .createdAt, .updatedAt, .lastLoginAt, .passwordChangedAt, .generation, .reset,
      .resetAskedAt, .verification, .places, .unlockedAt, .signedOutAt, .emailClaimed, .registered:
      break
    }
  }
}
