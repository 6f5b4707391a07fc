import Access
import Administration
import ArgumentParser
import System

extension KeysCommand {
  /// `keys list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List keys, the one that was made last first.")

    @Option(help: ArgumentHelp("Keys of this user alone.", valueName: "USER")) var user: String?
    @Option(help: ArgumentHelp("Keys of this team alone.", valueName: "TEAM")) var team: String?
    @Flag(help: "Print an object of JSON for each.") var json = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      var filter = KeyFilter()
      filter.user = try user.map { try access.user(ofKeySaying: $0)?.name.text ?? $0 }
      filter.team = team
      let now = Timestamp.now
      KeysOutput.write(
        try access.keys(filter, at: now), of: try access.directory(), isJSON: json, at: now)
    }
  }

  /// `keys show`
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print what is kept of a key.")

    @Argument(help: "The key: its public part or its name.") var key: String
    @Flag(help: "Print an object of JSON.") var json = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.key(key)
      let directory = try access.directory()
      if json { return KeysOutput.line { KeyReport.encode(record, of: directory, at: .now, into: &$0) } }
      KeysOutput.writeDetails(of: record, in: directory, at: .now)
    }
  }
}
