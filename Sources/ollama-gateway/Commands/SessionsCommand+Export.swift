import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions export`
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Print sessions with all that they have, as lines of JSON.",
      discussion: """
        Each session is a line of type "session", followed by its messages and its images, a line each ("message", "image").
        """)

    @Argument(help: "The sessions.") var keys: [String] = []
    @Option(help: ArgumentHelp("All of this owner.", valueName: "OWNER")) var owner: String?
    @Flag(help: "All.") var all = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { try SessionChoice.check(keys, owner: owner, all: all) }

    func run() async throws {
      let store = try ServiceStore(settings).open()
      defer { store.close() }
      let reader = try store.makeReader()
      let output = SessionsOutput(isJSON: true)
      var unknown: [String] = []
      for key in keys {
        if let session = try reader.stored(key) {
          try output.export(session, from: reader)
        } else {
          unknown.append(key)
        }
      }
      if owner != nil || all {
        var sessions = StoredSessions(try store.makeReader(), owner: owner)
        while let session = try sessions.next() { try output.export(session, from: reader) }
      }
      if !unknown.isEmpty { throw UnknownSessions.ended(unknown) }
    }
  }
}
