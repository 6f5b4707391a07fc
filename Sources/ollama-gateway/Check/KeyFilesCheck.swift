import Access
import AccessStorage
import Configuration
import Gateway
import PostgreSQLStore
import SQLiteStore
import Sessions

/// Reads the files of keys that a configuration names, as the start does. Blocks.
struct KeyFilesCheck: Sendable {
  private let configuration: Configuration
  private let environment: [String: String]

  /// - Parameter environment: the process's: a service manager may hand over the administrator's key.
  init(_ configuration: Configuration, environment: [String: String]) {
    self.configuration = configuration
    self.environment = environment
  }

  /// What came of it; nothing where no file is named.
  func findings() -> [CheckReport.Finding] { keysFile + adminKeyFile }

  private var keysFile: [CheckReport.Finding] {
    guard let path = configuration.keysFile else { return [] }
    do throws(ConfigurationError) {
      let file = try KeysFile(path: path)
      let count = file.keys.count
      let finding: CheckReport.Finding =
        count == 0
        ? .doubtful("keys_file \(path.escapedForMessage): there is no key in it, and by it nobody comes in")
        : .fine("keys_file \(path.escapedForMessage): \(count) \(count == 1 ? "key" : "keys")")
      return [finding] + shadows(of: file) + homeless(file).map { .doubtful("keys_file \($0)") }
        + file.notices.map { .doubtful("keys_file \($0)") }
    } catch {
      return [.wrong("keys_file \(error)")]
    }
  }

  /// A key of the file counts before one of the store that has its id. Of a store that cannot be read ``StoreCheck`` says so.
  private func shadows(of file: KeysFile) -> [CheckReport.Finding] {
    guard !file.keys.isEmpty, let store = try? openStore() else { return [] }
    defer { store.close() }
    guard let keys = try? store.makeReader().access(limit: AccessBook.readLimit).keys else { return [] }
    let stored = Set(keys.map(\.id))
    return file.keys.lazy.filter { stored.contains($0.id.text) }.prefix(8).map {
      .doubtful(
        "keys_file has the id \($0.id) of a key in the store, which is not valid as long as it stands there")
    }
  }

  /// Beside a service that may have it; nil where nothing is stored.
  private func openStore() throws(StoreError) -> (any SessionStore)? {
    switch configuration.store.resolved(in: environment) {
    case .automatic, .memory: return nil
    case .sqlite(let path): return try SQLiteStore.open(path: path, mode: .beside)
    case .postgresql(let url):
      let file = configuration.storePasswordFile ?? ConfigurationCredential.storePassword(in: environment)
      return try PostgreSQLStore.open(url: url, password: try StorePassword.read(file), mode: .beside)
    }
  }

  /// Teams are kept in the store alone.
  private func homeless(_ file: KeysFile) -> [String] {
    guard !configuration.store.resolved(in: environment).isKept else { return [] }
    return file.keys.filter { $0.team != nil }.prefix(8).map {
      "names a team for the key \($0.id), and there are none without a store: nothing of a team holds for it"
    }
  }

  private var adminKeyFile: [CheckReport.Finding] {
    guard let path = configuration.adminKeyFile ?? ConfigurationCredential.adminKey(in: environment) else {
      return []
    }
    do throws(ConfigurationError) {
      let file = try AdminKeyFile(path: path)
      return [.fine("admin_key_file \(path.escapedForMessage): the key \(file.key.id)")]
        + file.notices.map { .doubtful("admin_key_file \($0)") }
    } catch {
      return [.wrong("admin_key_file \(error)")]
    }
  }
}
