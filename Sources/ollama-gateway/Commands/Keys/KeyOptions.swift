import Access
import Administration
import ArgumentParser
import System

/// What there is to say of a key, as flags.
struct KeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Models that it may use: names, with * for any characters, behind ! those that it may not; with commas between. All where nothing is said.",
      valueName: "llama3*,!*:70b"))
  var models: String?
  @Option(
    help: ArgumentHelp(
      "What it may do: \(Scopes.allNames.joined(separator: ", ")); with commas between.", valueName: "SCOPES")
  )
  var scopes: String?
  @Option(
    help: ArgumentHelp(
      "A set of scopes by its name: \(Scopes.Preset.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "TYPE"))
  var type: String?
  @Flag(help: "It may do everything, and make keys.") var admin = false
  @Option(
    help: ArgumentHelp(
      "Whose it is, by name, number or e-mail address: the sessions and the account are this user's.",
      valueName: "USER"))
  var user: String?
  @Option(help: ArgumentHelp("The team whose limits and models hold as well.", valueName: "TEAM"))
  var team: String?
  @Option(help: ArgumentHelp("A note; may be repeated.", valueName: "NAME=TEXT")) var label: [String] = []
  @Option(
    help: ArgumentHelp(
      "How urgent what it asks is among what waits: \(KeyPriority.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "PRIORITY"))
  var priority: String?
  @Option(help: ArgumentHelp("Its share among others of one priority, 1-1000; 100.", valueName: "N"))
  var weight: Int?
  @Option(help: ArgumentHelp("How long it is valid.", valueName: "90d")) var expires: String?
  @Option(help: ArgumentHelp("From where it may be used; may be repeated.", valueName: "CIDR"))
  var allowedIp: [String] = []
  @Flag(help: "It may name the user for whom it asks (X-OpenWebUI-User-Id).") var mayActForUsers = false

  @OptionGroup var limits: LimitOptions

  /// What they change about a key.
  ///
  /// - Parameter steps: what is done to its limits before.
  /// - Throws: what is wrong with the call.
  func edit(
    of record: KeyRecord, at now: Timestamp, beginningWith steps: [LimitStep] = []
  ) throws -> KeyEdit {
    var edit = KeyEdit(of: record)
    edit.add(steps)
    if let models {
      guard let rules = ModelRules(ScopeWords.list(models)) else {
        throw ValidationError("--models takes \(ModelRules.textsTake)")
      }
      edit.set(.models) { $0.models = rules }
    }
    if let scopes = try ScopeWords.chosen(scopes: scopes, type: type, isAdmin: admin) {
      edit.set(.scopes) { $0.scopes = scopes }
    }
    try setNames(of: &edit)
    try setShare(of: &edit)
    try setValidity(of: &edit, at: now)
    if mayActForUsers { edit.set(.mayActForUsers) { $0.mayActForUsers = true } }
    edit.add(try limits.steps())
    return edit
  }

  private func setNames(of edit: inout KeyEdit) throws {
    let takes = "a name of 1-128 visible characters of ASCII"
    if let user {
      guard let name = UserName(user) else { throw ValidationError("--user takes \(takes)") }
      edit.set(.user) { $0.user = name }
    }
    if let team {
      guard let name = TeamName(team) else { throw ValidationError("--team takes \(takes)") }
      edit.set(.team) { $0.team = name }
    }
    for label in label {
      let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, KeyRecord.isLabel(parts[0], parts[1]) else {
        throw ValidationError("--label takes NAME=TEXT, of 1-64 and at most 256 bytes")
      }
      edit.setLabel(parts[0], parts[1])
    }
  }

  private func setShare(of edit: inout KeyEdit) throws {
    if let priority {
      guard let value = KeyPriority(rawValue: priority) else {
        throw ValidationError(
          "--priority takes one of \(KeyPriority.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      edit.set(.priority) { $0.priority = value }
    }
    if let weight {
      guard KeyRecord.weights.contains(weight) else {
        throw ValidationError("--weight takes a whole number from 1 to 1000")
      }
      edit.set(.weight) { $0.weight = weight }
    }
  }

  private func setValidity(of edit: inout KeyEdit, at now: Timestamp) throws {
    if let expires {
      guard let span = TimeSpanText.duration(expires), span > .zero else {
        throw ValidationError("--expires takes \(TimeSpanText.takes)")
      }
      edit.set(.expiresAt) { $0.expiresAt = now.adding(span) }
    }
    guard !allowedIp.isEmpty else { return }
    let networks = allowedIp.flatMap(ScopeWords.list).map { IPNetwork($0) }
    guard !networks.isEmpty, networks.count <= KeyRecord.networkLimit, !networks.contains(nil) else {
      throw ValidationError("--allowed-ip takes addresses and blocks such as 192.0.2.7 or 10.0.0.0/8")
    }
    edit.set(.allowedIPs) { $0.allowedIPs = networks.compactMap { $0 } }
  }
}
