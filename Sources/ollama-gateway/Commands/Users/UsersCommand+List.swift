import Access
import Administration
import ArgumentParser
import System

extension UsersCommand {
  /// `users list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the users by their numbers, and who has asked for a new password.")

    @Option(help: ArgumentHelp("Users of this team alone.", valueName: "TEAM")) var team: String?
    @Flag(help: "Those alone who have asked for a new password, and have no link for it yet.")
    var resetAsked = false
    @Flag(help: "Print an object of JSON for each.") var json = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      var filter = UserFilter()
      filter.team = team
      filter.hasAskedForReset = resetAsked
      let directory = try access.directory()
      let users = directory.allUsers.compactMap(\.user).filter(filter.includes)
      UsersOutput.write(users, UserReport.keyCounts(of: directory.keys), isJSON: json, at: .now)
    }
  }

  /// `users show`
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print what is kept of a user.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @Flag(help: "Print an object of JSON.") var json = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let directory = try access.directory()
      let record = try access.user(user, in: directory)
      let keys = directory.keys.filter { $0.user == record.name }
      if json { return KeysOutput.line { UserReport.encode(record, keys: keys.count, at: .now, into: &$0) } }
      UsersOutput.writeDetails(of: record, keys, at: .now)
    }
  }
}
