import Access
import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions adopt`
  struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "adopt",
      abstract: "Give a key or a user the sessions of callers who had none.",
      discussion: """
        Those of this machine's programs, or of another owner as the list names them, become the key's, or its user's. One of a chosen id \
        that the new owner has as well gets another id. A running gateway does it within a second; one in which an answer is under way \
        follows when that is over.
        """)

    @Option(help: ArgumentHelp("The key: its public part or its name.", valueName: "KEY")) var key: String?
    @Option(
      help: ArgumentHelp(
        "The user, in place of a key: his name, number or e-mail address.", valueName: "USER"))
    var user: String?
    @Option(help: ArgumentHelp("Whose sessions, as the list names them.", valueName: "OWNER")) var owner =
      "loopback"

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      guard (key == nil) != (user == nil) else {
        throw ValidationError("say --key or --user, and one of them")
      }
    }

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try key.map { try access.key($0) }
      let (principal, heir) = try heir(record, in: access)
      guard owner != principal.storedName else { throw ValidationError("they are theirs already") }
      let adoption = try StoredAdoption(of: owner, in: access)
      try adoption.order(to: principal.storedName)
      let outcome = try adoption.finish()
      CommandAudit(.adoptSessions, key: record, user: heir, sessions: outcome.given).write()
      print(outcome.words(now: "the \(record == nil ? "user" : "key")'s"))
    }

    /// Whose they become: the key's user where it has one.
    private func heir(
      _ key: KeyRecord?, in access: StoredAccessFile
    ) throws -> (principal: Principal.ID, user: UserRecord?) {
      let directory = try access.directory()
      if let key {
        let grant = directory[key.id]
        return (grant?.principal.id ?? .key(key.id), grant?.user)
      }
      let found = try access.user(user ?? "", in: directory)
      return (.user(found.id), found)
    }
  }
}
