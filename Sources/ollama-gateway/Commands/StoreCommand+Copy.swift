import ArgumentParser
import ChatClient
import Configuration
import Gateway
import PostgreSQLStore
import SQLiteStore
import Sessions

extension StoreCommand {
  /// `store copy FROM TO`
  struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "copy",
      abstract: "Copy all that a store has into another one, while no gateway runs.",
      discussion: """
        FROM and TO are what --store takes: sqlite:PATH or postgresql://USER@HOST/DATABASE. Sessions with their messages, images and \
        running answers go along, API keys, users, teams and what was used, keys of requests, and the key that signs tokens and cookies: who has \
        a session has it then. TO may not have any of these; it is made where there is none. Both are held until it is done, and then compared from the beginning \
        to the end. Where it fails, what was copied is deleted again; FROM stays as it is in any case.

        Exit codes: 0 when the copy is there and the same, 64 for a wrong call or store, or while a gateway runs, else 1.
        """)

    @Argument(help: ArgumentHelp("The store that there is.", valueName: "FROM")) var source: String
    @Argument(help: ArgumentHelp("The store that it becomes.", valueName: "TO")) var target: String
    @Option(
      help: ArgumentHelp("The file with the password of FROM, where it is in PostgreSQL.", valueName: "FILE"),
      completion: .file()) var fromPasswordFile: String?
    @Option(
      help: ArgumentHelp("The file with the password of TO, where it is in PostgreSQL.", valueName: "FILE"),
      completion: .file()) var toPasswordFile: String?

    func run() async throws {
      let places = (try Self.place(source), try Self.place(target))
      let source = try Self.open(places.0, passwordFile: fromPasswordFile, isThere: true)
      defer { source.close() }
      let target = try Self.open(places.1, passwordFile: toPasswordFile, isThere: false)
      defer { target.close() }
      StandardError.write("from: \(source.location)\nto: \(target.location)\n")
      do {
        let counts = try Self.copy(from: source, to: target)
        print(TerminalText.line("copied \(counts.words)"))
      } catch let error as StoreCopyError {
        throw error.asStoreError
      }
    }

    /// Says on standard error how far it is.
    private static func copy(
      from source: any CopyableStore, to target: any CopyableStore
    ) throws -> StoreCopy.Counts {
      let copy = try StoreCopy(from: source, to: target)
      try copy.run { counts in
        if counts.sessions % 1000 == 0 { StandardError.write("\(counts.sessions) sessions\n") }
      }
      return copy.counts
    }

    private static func place(_ text: String) throws -> StoreLocation {
      guard let place = StoreLocation(text), place.isKept else {
        throw ValidationError(
          "a store to copy is sqlite:PATH or postgresql://USER@HOST/DATABASE, without a password (--from-password-file, --to-password-file)"
        )
      }
      return place
    }

    /// Opens a store so that nobody else has it.
    ///
    /// - Parameter isThere: else it is made where there is none.
    private static func open(
      _ place: StoreLocation, passwordFile: String?, isThere: Bool
    ) throws(StoreError) -> any CopyableStore {
      switch place {
      case .automatic, .memory: throw StoreError(.unusable, "there is no store")
      case .sqlite(let path):
        try SQLiteStore.open(path: path, mode: isThere ? .exclusive : .service, advice: advice)
      case .postgresql(let url):
        try openPostgreSQL(url, passwordFile, isThere: isThere)
      }
    }

    private static let advice = "stop it (systemctl stop ollama-gateway), copy, and start it again"

    private static func openPostgreSQL(
      _ url: String, _ passwordFile: String?, isThere: Bool
    ) throws(StoreError) -> PostgreSQLStore {
      let password = try StorePassword.read(passwordFile)
      do throws(StoreError) {
        return try PostgreSQLStore.open(url: url, password: password, mode: isThere ? .exclusive : .service)
      } catch {
        guard error.kind == .taken else { throw error }
        throw StoreError(.taken, "another gateway has the store at \(url): \(advice)")
      }
    }
  }
}

extension StoreCopy.Counts {
  /// For people.
  fileprivate var words: String {
    [
      (sessions, "session"), (messages, "message"), (images, "image"), (generations, "generation"),
      (requests, "key of a request"), (secrets, "secret"), (keys, "API key"), (users, "user"),
      (teams, "team"),
      (usage, "row of usage"),
    ].map { count, what in
      let several =
        ["key of a request": "keys of requests", "row of usage": "rows of usage"][what] ?? "\(what)s"
      return "\(count) \(count == 1 ? what : several)"
    }.joined(separator: ", ")
  }
}

extension StoreCopyError {
  /// By its kind the program has its exit code.
  fileprivate var asStoreError: StoreError {
    switch self {
    case .failed(let error): error
    case .notEmpty: StoreError(.unusable, description)
    case .refused, .differs: StoreError(.corrupt, description)
    }
  }
}
