import ArgumentParser
import ChatClient
import SQLiteStore
import Sessions

/// `ollama-gateway backup FILE`: writes the store of the service to a file, while it runs.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write all that the SQLite store has to a new file, while the gateway runs.",
    discussion: """
      The file has all that was acknowledged before, is for its owner alone (mode 0600), and gets its name once it is whole and \
      on the disk: a file that has the name is replaced then. It has the keys that sign tokens and cookies, and the hashes of passwords, as well: keep it as \
      you keep the store. The settings are those of the service: /etc/ollama-gateway/config.yaml where there is one.

      Exit codes: 0 when the backup is there, 64 for a wrong call, setting or store, else 1. A store in PostgreSQL is backed up \
      by pg_dump.
      """)

  @Argument(help: "The file, in a folder that is there.", completion: .file()) var file: String

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func run() async throws {
    let store = try ServiceStore(settings)
    guard let path = store.path else { throw StoreError.isNoFile("pg_dump writes a backup of it") }
    let open = try SQLiteStore.open(path: path, mode: .beside)
    defer { open.close() }
    store.say(open.location)
    try open.backup(to: file)
    print(TerminalText.line("backed up to \(file)"))
  }
}
