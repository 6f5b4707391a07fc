import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List sessions: all by their keys, or an owner's, the one that was used last first.")

    @Option(help: ArgumentHelp("Only this owner's, as the list names them.", valueName: "OWNER")) var owner:
      String?
    @Option(help: ArgumentHelp("How many.", valueName: "N")) var limit: Int?
    @Flag(help: "Print an object of JSON for each.") var json = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      guard limit.map({ $0 > 0 }) != false else {
        throw ValidationError("--limit takes a whole number from 1 on")
      }
    }

    func run() async throws {
      let store = try ServiceStore(settings).open()
      defer { store.close() }
      let output = SessionsOutput(isJSON: json)
      output.begin()
      var sessions = StoredSessions(try store.makeReader(), owner: owner)
      var left = limit ?? .max
      while left > 0, let session = try sessions.next() {
        output.write(session)
        left -= 1
      }
    }
  }
}
