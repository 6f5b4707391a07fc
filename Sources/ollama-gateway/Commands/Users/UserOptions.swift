import Access
import Administration
import ArgumentParser
import System

/// What there is to say of a user, as flags.
struct UserOptions: ParsableArguments {
  @Option(help: ArgumentHelp("By which he may sign in as well.", valueName: "ADDRESS")) var email: String?
  @Option(help: ArgumentHelp("What people call him.", valueName: "NAME")) var fullName: String?
  @Option(
    help: ArgumentHelp(
      "What he may do: \(Scopes.allNames.joined(separator: ", ")); with commas between.", valueName: "SCOPES")
  )
  var scopes: String?
  @Option(
    help: ArgumentHelp(
      "A set of scopes by its name: \(Scopes.Preset.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "TYPE"))
  var type: String?
  @Flag(help: "He may do everything, and make keys and users.") var admin = false
  @Option(
    help: ArgumentHelp(
      "Models that he may use, by whichever of his keys: names, with * for any characters, behind ! those that he may not.",
      valueName: "llama3*,!*:70b"))
  var models: String?
  @Option(
    help: ArgumentHelp(
      "The team whose limits and models hold where no key of another one does.", valueName: "TEAM"))
  var team: String?
  @Flag(help: "His e-mail address is known to be his.") var verified = false
  @OptionGroup var limits: LimitOptions

  /// What they change about a user.
  ///
  /// - Parameter steps: what is done to his limits before.
  /// - Throws: what is wrong with the call.
  func edit(
    of record: UserRecord, at now: Timestamp, beginningWith steps: [LimitStep] = []
  ) throws -> UserEdit {
    var edit = UserEdit(of: record)
    edit.add(steps)
    if let email {
      guard EmailAddress.holds(email) else { throw ValidationError("--email takes \(EmailAddress.takes)") }
      edit.set(.email) { $0.email = email }
    }
    if let fullName {
      guard UserRecord.isFullName(fullName), !fullName.isEmpty else {
        throw ValidationError("--full-name takes \(UserRecord.fullNameTakes)")
      }
      edit.set(.fullName) { $0.fullName = fullName }
    }
    if let scopes = try ScopeWords.chosen(scopes: scopes, type: type, isAdmin: admin) {
      edit.set(.scopes) { $0.scopes = scopes }
    }
    if let models {
      guard let rules = ModelRules(ScopeWords.list(models)) else {
        throw ValidationError("--models takes \(ModelRules.textsTake)")
      }
      edit.set(.models) { $0.models = rules }
    }
    if let team {
      guard let name = TeamName(team) else {
        throw ValidationError("--team takes a name of 1-128 visible characters of ASCII")
      }
      edit.set(.team) { $0.team = name }
    }
    if verified { edit.set(.verifiedAt) { $0.verifiedAt = record.verifiedAt ?? now } }
    edit.add(try limits.steps())
    return edit
  }
}
