package import Access

/// What is to be changed of a key, by whichever way it was said. What is not named stays.
package struct KeyEdit: Sendable {
  /// The members whose values are taken from ``values``.
  private var taken: Set<KeyRecord.Member> = []
  private var values: KeyRecord
  private var limitSteps: [LimitStep] = []
  private var labelSteps: [(name: String, text: String?)] = []

  /// Nothing is changed.
  ///
  /// - Parameter record: the key as it is now, or a new one.
  package init(of record: KeyRecord) { values = record }

  /// The names of the members that it changes, for the log.
  package var changes: [String] {
    var names = taken
    if !limitSteps.isEmpty { names.insert(.limits) }
    if !labelSteps.isEmpty { names.insert(.labels) }
    return names.map(\.rawValue).sorted()
  }

  /// Whether it changes nothing.
  package var isEmpty: Bool { taken.isEmpty && limitSteps.isEmpty && labelSteps.isEmpty }

  /// The team that the key gets by it; nil where that stays, or it gets none.
  package var newTeam: TeamName? { taken.contains(.team) ? values.team : nil }

  /// The user that the key gets by it; nil where he stays, or it gets none.
  package var newUser: UserName? { taken.contains(.user) ? values.user : nil }

  /// The user that the key gets, where he was not named by his name: that is it.
  package mutating func name(_ user: UserRecord) { if newUser != nil { values.user = user.name } }

  /// Whether it says something of a member.
  package func names(_ member: KeyRecord.Member) -> Bool { changes.contains(member.rawValue) }

  /// Gives a member a value.
  package mutating func set<Failure: Error>(
    _ member: KeyRecord.Member, _ change: (inout KeyRecord) throws(Failure) -> Void
  ) throws(Failure) {
    try change(&values)
    taken.insert(member)
  }

  /// Changes limits, one after the other.
  package mutating func add(_ steps: [LimitStep]) { limitSteps += steps }

  /// Changes a label; nil takes it away.
  package mutating func setLabel(_ name: String, _ text: String?) { labelSteps.append((name, text)) }

  /// Takes all labels away.
  package mutating func clearLabels() {
    labelSteps = []
    set(.labels) { $0.labels = [:] }
  }

  /// Changes the key.
  ///
  /// - Throws: where the key would have more labels than a key has.
  package func apply(to record: inout KeyRecord) throws(RecordError) {
    for member in taken { take(member, into: &record) }
    for step in limitSteps { step.apply(to: &record.limits) }
    for (name, text) in labelSteps { record.labels[name] = text }
    guard record.labels.count <= KeyRecord.labelLimit else {
      throw RecordError("labels", takes: "at most \(KeyRecord.labelLimit) labels")
    }
  }

  private func take(_ member: KeyRecord.Member, into record: inout KeyRecord) {
    switch member {
    case .name: record.name = values.name
    case .scopes: record.scopes = values.scopes
    case .models: record.models = values.models
    case .user: record.user = values.user
    case .team: record.team = values.team
    case .labels: record.labels = values.labels
    case .priority: record.priority = values.priority
    case .weight: record.weight = values.weight
    case .expiresAt: record.expiresAt = values.expiresAt
    case .disabled: record.isDisabled = values.isDisabled
    case .allowedIPs: record.allowedIPs = values.allowedIPs
    case .mayActForUsers: record.mayActForUsers = values.mayActForUsers
    case .limits: record.limits = values.limits
    // A key keeps its public part, and its secret changes by a rotation alone.
    case .id, .hash, .custom, .earlier, .madeByUser, .fileHash, .createdAt: break
    }
  }
}
