import Access
import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions adopt`
  struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "adopt",
      abstract: "Give a key the sessions of callers who had none.",
      discussion: """
        Those of this machine's programs, or of another owner as the list names them, become the key's, or its user's. One of a chosen id \
        that the key has as well gets another id. Do it while no answer is under way in them: what is said meanwhile is said in a new one. \
        A running gateway notices it within a second.
        """)

    @Option(help: ArgumentHelp("The key: its public part or its name.", valueName: "KEY")) var key: String
    @Option(help: ArgumentHelp("Whose sessions, as the list names them.", valueName: "OWNER")) var owner =
      "loopback"

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.key(key)
      let principal = try access.directory()[record.id]?.principal.id ?? .key(record.id)
      guard owner != principal.storedName else { throw ValidationError("they are this key's already") }
      var adoption = StoredAdoption(try access.store.makeReader(), try access.store.makeWriter())
      try adoption.give(sessionsOf: owner, to: principal.storedName)
      CommandAudit(.adoptSessions, key: record, sessions: adoption.count).write()
      print("\(adoption.count) session\(adoption.count == 1 ? " is" : "s are") the key's now")
    }
  }
}
