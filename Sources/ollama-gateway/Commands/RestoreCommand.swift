import ArgumentParser
import ChatClient
import SQLiteStore
import Sessions

/// `ollama-gateway restore FILE`: puts a backup in the place of the store, while no gateway runs.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a backup in the place of the SQLite store, while no gateway runs.",
    discussion: """
      The backup is checked first. What was there is put aside under a name with the time, and printed: delete it when you do not \
      need it any more. The new file has the old one's owner and mode, or those of its folder. The settings are those of the \
      service: /etc/ollama-gateway/config.yaml where there is one.

      Exit codes: 0 when the store is restored, 64 for a wrong call, setting or store, or while a gateway runs, else 1. A store \
      in PostgreSQL is restored by pg_restore.
      """)

  @Argument(help: "The backup.", completion: .file()) var file: String

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func run() async throws {
    let store = try ServiceStore(settings)
    guard let path = store.path else { throw StoreError.isNoFile("pg_restore puts a backup in its place") }
    store.say(path)
    let aside = try SQLiteStore.restore(from: file, to: path)
    print(TerminalText.line("restored from \(file)"))
    if let aside { print(TerminalText.line("what was there is now \(aside)")) }
  }
}
