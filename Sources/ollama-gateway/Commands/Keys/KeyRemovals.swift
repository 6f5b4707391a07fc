import Access
import Administration
import ArgumentParser

/// What is taken away from a key, as flags.
struct KeyRemovals: ParsableArguments {
  @Flag(help: "All models.") var allModels = false
  @Flag(help: "It is of no team.") var noTeam = false
  @Flag(help: "It is no user's.") var noUser = false
  @Flag(help: "It does not expire.") var noExpiry = false
  @Flag(help: "It may be used from everywhere.") var anyIp = false
  @Flag(help: "It may not name the user for whom it asks.") var noMayActForUsers = false
  @Option(help: ArgumentHelp("It has no such note; may be repeated.", valueName: "NAME")) var noLabel:
    [String] = []

  /// Adds what they take away to an edit.
  ///
  /// - Throws: where another flag gives the same.
  func add(to edit: inout KeyEdit) throws {
    try remove(allModels, .models, "--all-models and --models", from: &edit) { $0.models = nil }
    try remove(noTeam, .team, "--no-team and --team", from: &edit) { $0.team = nil }
    try remove(noUser, .user, "--no-user and --user", from: &edit) { $0.user = nil }
    try remove(noExpiry, .expiresAt, "--no-expiry and --expires", from: &edit) { $0.expiresAt = nil }
    try remove(anyIp, .allowedIPs, "--any-ip and --allowed-ip", from: &edit) { $0.allowedIPs = nil }
    try remove(
      noMayActForUsers, .mayActForUsers, "--no-may-act-for-users and --may-act-for-users", from: &edit
    ) { $0.mayActForUsers = false }
    for name in noLabel { edit.setLabel(name, nil) }
  }

  private func remove(
    _ isAskedFor: Bool, _ member: KeyRecord.Member, _ flags: String, from edit: inout KeyEdit,
    _ change: (inout KeyRecord) -> Void
  ) throws {
    guard isAskedFor else { return }
    guard !edit.names(member) else {
      throw ValidationError("\(flags) contradict each other: give one of them")
    }
    edit.set(member, change)
  }
}
