import Access
import AccessStorage
import Administration
import ArgumentParser
import Configuration
import Passwords
import System

extension UsersCommand {
  /// `users add`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", abstract: "Make a user.",
      discussion: """
        Without --password, --password-file or --reset he cannot sign in by a password, until he gets one by users passwd or users reset. By \
        the first user access is closed for good to callers who show nothing: what that means is said on standard error.
        """)

    @Argument(help: "What he is called, and by what he signs in.") var name: String
    @Flag(help: "Ask for his password at the terminal.") var password = false
    @Option(
      help: ArgumentHelp("A file with his password; - is standard input.", valueName: "FILE"),
      completion: .file())
    var passwordFile: String?
    @Flag(help: "Print the secret of a link by which he sets his password himself, this once.") var reset =
      false
    @OptionGroup(title: "The link") var link: LinkOptions
    @OptionGroup(title: "The user") var options: UserOptions

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      _ = try options.edit(of: UserRecord.draft(try UsersCommand.name(name)), at: .now)
      guard [password, passwordFile != nil, reset].filter({ $0 }).count <= 1 else {
        throw ValidationError("--password, --password-file and --reset say two things: give one of them")
      }
      try link.check(isWanted: reset)
    }

    func run() async throws {
      let userName = try UsersCommand.name(name)
      let hash = try passwordText().map(PasswordSource.hash)
      let now = Timestamp.now
      let options = options
      var edit = try options.edit(of: UserRecord.draft(userName), at: now)
      if let hash { edit.set(.passwordHash) { $0.passwordHash = hash.text } }
      let changes = edit
      let access = try StoredAccessFile(settings, makesStore: true)
      defer { access.close() }
      let secret = reset ? LinkSecret() : nil
      let (made, isFirst) = try access.perform { (book) throws(AccessError) in
        let isFirst = book.closedSince == nil
        return (try book.addUser(named: userName, changes, reset: secret, at: now), isFirst)
      }
      CommandAudit(.makeUser, user: made).write()
      StandardError.write("made the user \(made.name) (id \(made.id))\n")
      if let secret, let link = made.reset {
        self.link.write(secret, as: .reset)
        StandardError.write(self.link.words(.reset, of: made.name, until: link.validUntil))
      } else if hash == nil {
        StandardError.write(
          "no sign-in by a password yet: users passwd \(made.name) sets one, users reset \(made.name) makes a link\n"
        )
      }
      if isFirst { StandardError.write(FirstKey.notice(access.configuration, .user)) }
    }

    private func passwordText() throws -> String? {
      if password { return try PasswordSource.asked(for: name) }
      return try passwordFile.map(PasswordSource.read)
    }
  }

  static func name(_ text: String) throws -> UserName {
    guard let name = UserName(text) else {
      throw ValidationError("the name of a user takes \(UserName.takes)")
    }
    return name
  }
}
