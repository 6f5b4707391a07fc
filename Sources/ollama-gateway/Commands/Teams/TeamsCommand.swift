import Access
import AccessStorage
import Administration
import ArgumentParser
import Limits
import System

/// `ollama-gateway teams`: keys that share limits and models, in the store of the service, whether it runs or not.
struct TeamsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "teams",
    abstract: "Make, list, change and delete teams, whose keys share limits and models.",
    discussion: """
      The limits hold for all keys of a team together, beside their own. The settings are those of the service: \
      /etc/ollama-gateway/config.yaml where there is one.

      Exit codes: 0 when it is done, 64 for a wrong call, setting or store, 1 when the store fails or has no such team.
      """,
    subcommands: [Add.self, List.self, Set.self, Delete.self])

  /// What there is to say of a team, as flags.
  struct Options: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "Models that its keys may use, as far as these may: names, with * for any characters, behind ! those that they may not.",
        valueName: "llama3*,!*:70b"))
    var models: String?
    @OptionGroup var limits: LimitOptions

    /// Changes a team by what they say.
    func apply(to team: inout TeamRecord) throws {
      if let models {
        guard let rules = ModelRules(models.split(separator: ",").map(String.init)) else {
          throw ValidationError("--models takes \(ModelRules.textsTake)")
        }
        team.models = rules
      }
      for step in try limits.steps() { step.apply(to: &team.limits) }
    }
  }

  private static func name(_ text: String) throws -> TeamName {
    guard let name = TeamName(text) else {
      throw ValidationError("the name of a team is 1-128 visible characters of ASCII")
    }
    return name
  }

  /// `teams add`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make a team.")

    @Argument(help: "What it is called.") var name: String
    @OptionGroup(title: "The team") var options: Options
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      var team = TeamRecord(name: try TeamsCommand.name(name), createdAt: .now)
      try options.apply(to: &team)
    }

    func run() async throws {
      var team = TeamRecord(name: try TeamsCommand.name(name), createdAt: .now)
      try options.apply(to: &team)
      let access = try StoredAccessFile(settings, makesStore: true)
      defer { access.close() }
      let made = team
      try access.perform { (book) throws(AccessError) in try book.put(made, onlyIfNew: true) }
      CommandAudit(.putTeam, team: made.name).write()
      StandardError.write("made the team \(team.name)\n")
    }
  }

  /// `teams list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the teams.")

    @Flag(help: "Print an object of JSON for each.") var json = false
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let directory = try access.directory()
      let counts = TeamReport.counts(of: directory)
      if json {
        for team in directory.allTeams {
          KeysOutput.line { TeamReport.encode(team, keys: counts[team.name] ?? 0, into: &$0) }
        }
        return
      }
      var table = TextTable(["NAME", "KEYS", "MODELS", "LIMITS"], numbers: [1])
      for team in directory.allTeams {
        table.add([
          team.name.text, "\(counts[team.name] ?? 0)",
          team.models.map { $0.texts.isEmpty ? "none" : $0.texts.joined(separator: ",") } ?? "all",
          team.limits.isEmpty ? "-" : team.limits.words,
        ])
      }
      table.write()
    }
  }

  /// `teams set`
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Change what a flag names of a team; the rest stays.")

    @Argument(help: "The team.") var name: String
    @Flag(help: "It has no limits but those of the other flags.") var noLimits = false
    @Flag(help: "Its keys may use all models that they may.") var allModels = false
    @OptionGroup(title: "The team") var options: Options
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      guard !allModels || options.models == nil else {
        throw ValidationError("--all-models and --models say two things: give one of them")
      }
      var team = TeamRecord(name: try TeamsCommand.name(name), createdAt: .now)
      try options.apply(to: &team)
    }

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let name = try TeamsCommand.name(name)
      var team = try access.team(name)
      if noLimits { team.limits = .none }
      if allModels { team.models = nil }
      try options.apply(to: &team)
      let changed = team
      try access.perform { (book) throws(AccessError) in try book.put(changed, onlyIfNew: false) }
      CommandAudit(.putTeam, team: name).write()
      StandardError.write("changed the team \(name)\n")
    }
  }

  /// `teams delete`
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete", abstract: "Delete a team that has no keys.")

    @Argument(help: "The team.") var name: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let name = try TeamsCommand.name(name)
      try access.perform { (book) throws(AccessError) in _ = try book.delete(name) }
      CommandAudit(.deleteTeam, team: name).write()
      StandardError.write("deleted the team \(name)\n")
    }
  }
}
