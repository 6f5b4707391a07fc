import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions delete`
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete",
      abstract: "Delete sessions with all that belongs to them.",
      discussion: """
        A running gateway notices it within a second. What was deleted is overwritten, and gone from the disk within the hour.
        """)

    @Argument(help: "The sessions.") var keys: [String] = []
    @Option(help: ArgumentHelp("All of this owner.", valueName: "OWNER")) var owner: String?
    @Flag(help: "All.") var all = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { try SessionChoice.check(keys, owner: owner, all: all) }

    func run() async throws {
      let store = try ServiceStore(settings).open()
      defer { store.close() }
      var deletion = SessionDeletion(try store.makeReader(), try store.makeWriter())
      let unknown = try deletion.delete(keys)
      if owner != nil || all { try deletion.deleteAll(of: owner) }
      print("deleted \(deletion.count) session\(deletion.count == 1 ? "" : "s")")
      if !unknown.isEmpty { throw UnknownSessions.ended(unknown) }
    }
  }
}
