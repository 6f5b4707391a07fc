import Access
import AccessStorage
import Administration
import ArgumentParser
import Passwords
import System

extension UsersCommand {
  /// `users set`
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Change what a flag names of a user; the rest stays.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @Option(help: ArgumentHelp("What he is called, and by what he signs in.", valueName: "NAME")) var name:
      String?
    @Flag(help: "He has no limits but those of the other flags.") var noLimits = false
    @OptionGroup(title: "What is taken away") var removals: UserRemovals
    @OptionGroup(title: "The user") var options: UserOptions

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      let draft = UserRecord.draft(try UsersCommand.name(name ?? "draft"))
      var edit = try options.edit(of: draft, at: .now)
      try removals.add(to: &edit)
    }

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      var edit = try options.edit(of: record, at: .now, beginningWith: noLimits ? [.clear] : [])
      try removals.add(to: &edit)
      if let name {
        let name = try UsersCommand.name(name)
        edit.set(.name) { $0.name = name }
      }
      guard !edit.isEmpty else { throw ValidationError("Say what is to be changed") }
      let changed = try access.change(record, edit)
      CommandAudit(.changeUser, user: changed, changes: edit.changes).write()
      StandardError.write("changed the user \(changed.name) (\(edit.changes.joined(separator: ", ")))\n")
    }
  }

  /// `users passwd`
  struct Password: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "passwd", abstract: "Give a user another password; what he has signed in with ends.",
      discussion: "It is asked for at the terminal, twice; else it is read from standard input.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @Option(
      help: ArgumentHelp("A file with the password; - is standard input.", valueName: "FILE"),
      completion: .file())
    var passwordFile: String?

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      let text = try passwordFile.map(PasswordSource.read) ?? PasswordSource.asked(for: record.name.text)
      let hash = try PasswordSource.hash(text)
      var edit = UserEdit(of: record)
      edit.set(.passwordHash) { $0.passwordHash = hash.text }
      let changed = try access.change(record, edit)
      CommandAudit(.changeUser, user: changed, changes: edit.changes).write()
      StandardError.write("\(changed.name) has another password; sign-ins with the one before end\n")
    }
  }

  /// `users disable`
  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "disable",
      abstract: "Let a user and his keys not in for now; what he has signed in with ends.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try UsersCommand.setDisabled(true, user, settings) }
  }

  /// `users enable`
  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "enable", abstract: "Let a disabled user and his keys in again.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try UsersCommand.setDisabled(false, user, settings) }
  }

  private static func setDisabled(_ isDisabled: Bool, _ user: String, _ settings: SettingOptions) throws {
    let access = try StoredAccessFile(settings)
    defer { access.close() }
    let record = try access.user(user)
    var edit = UserEdit(of: record)
    edit.set(.disabled) { $0.isDisabled = isDisabled }
    let changed = try access.change(record, edit)
    CommandAudit(.changeUser, user: changed, changes: edit.changes).write()
    StandardError.write("\(changed.name) is \(isDisabled ? "disabled" : "enabled")\n")
  }
}
