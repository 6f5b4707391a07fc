import ArgumentParser
import Sessions

extension SessionsCommand {
  /// `sessions show`
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print what was said in a session.")

    @Argument(help: "The session.") var key: String

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let store = try ServiceStore(settings).open()
      defer { store.close() }
      let reader = try store.makeReader()
      guard let session = try reader.stored(key) else { throw UnknownSessions.ended([key]) }
      let output = SessionsOutput(isJSON: false)
      output.writeDetails(of: session)
      var messages = StoredMessages(reader, of: session.key)
      while let message = try messages.next() { output.write(message) }
    }
  }
}
