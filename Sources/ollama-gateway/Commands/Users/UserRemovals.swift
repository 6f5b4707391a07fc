import Access
import Administration
import ArgumentParser

/// What is taken away from a user, as flags.
struct UserRemovals: ParsableArguments {
  @Flag(help: "He has no e-mail address.") var noEmail = false
  @Flag(help: "He has no full name.") var noFullName = false
  @Flag(help: "All models.") var allModels = false
  @Flag(help: "He is of no team.") var noTeam = false
  @Flag(help: "He cannot sign in by a password; what he has signed in with ends.") var noPassword = false
  @Flag(help: "His e-mail address is not known to be his.") var notVerified = false

  /// Adds what they take away to an edit.
  ///
  /// - Throws: where another flag gives the same.
  func add(to edit: inout UserEdit) throws {
    try remove(noEmail, .email, "--no-email and --email", from: &edit) { $0.email = nil }
    try remove(noFullName, .fullName, "--no-full-name and --full-name", from: &edit) { $0.fullName = nil }
    try remove(allModels, .models, "--all-models and --models", from: &edit) { $0.models = nil }
    try remove(noTeam, .team, "--no-team and --team", from: &edit) { $0.team = nil }
    try remove(notVerified, .verifiedAt, "--not-verified and --verified", from: &edit) { $0.verifiedAt = nil }
    if noPassword { edit.set(.passwordHash) { $0.passwordHash = nil } }
  }

  private func remove(
    _ isAskedFor: Bool, _ member: UserRecord.Member, _ flags: String, from edit: inout UserEdit,
    _ change: (inout UserRecord) -> Void
  ) throws {
    guard isAskedFor else { return }
    guard !edit.names(member) else {
      throw ValidationError("\(flags) contradict each other: give one of them")
    }
    edit.set(member, change)
  }
}
