import Access
import Configuration

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
      return [finding] + homeless(file).map { .doubtful("keys_file \($0)") }
        + file.notices.map { .doubtful("keys_file \($0)") }
    } catch {
      return [.wrong("keys_file \(error)")]
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
