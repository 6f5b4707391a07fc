import Configuration
import Gateway
import PostgreSQLStore
import SQLiteStore
import Sessions
import System

/// Tries the store of a configuration, beside a gateway that may have it; makes and changes nothing. Blocks.
struct StoreCheck {
  private let configuration: Configuration
  private let environment: [String: String]
  private let location: StoreLocation

  /// - Parameter environment: the process's: what is automatic depends on it.
  init(_ configuration: Configuration, environment: [String: String]) {
    self.configuration = configuration
    self.environment = environment
    location = configuration.store.resolved(in: environment)
  }

  func findings() -> [CheckReport.Finding] {
    do throws(StoreError) {
      switch location {
      case .automatic, .memory: return [.fine("store memory: chats are gone when the gateway ends")]
      case .sqlite(let path): return try sqlite(path) + durability
      case .postgresql(let url): return try postgresql(url) + durability
      }
    } catch {
      // Whoever prints it takes care of what a server has said.
      return [.wrong("store: \(error)")]
    }
  }

  private var durability: [CheckReport.Finding] {
    guard configuration.durability == .relaxed else { return [] }
    return [.doubtful("durability relaxed: what is acknowledged may be lost")]
  }

  private var name: String { "store \("\(location)".escapedForMessage)" }
  private var inUse: String { "\(name): a gateway has it now, and a second one cannot" }

  private func sqlite(_ path: String) throws(StoreError) -> [CheckReport.Finding] {
    if configuration.store == .automatic, let made = folderToBeMade { return [made] }
    switch StateFolder.access(for: location) {
    case .shut(let folder):
      // As that of a service is to other users.
      return [
        .doubtful(
          "\(name): its folder \(folder) cannot be looked at by this user: check as the gateway's, or as root"
        )
      ]
    case .open: break
    }
    switch try SQLiteStore.trial(path: path) {
    case .wouldBeMade: return [.fine("\(name): the start makes it")] + keys(nil)
    case .found(_, isInUse: true, let closedSince): return [.doubtful(inUse)] + keys(closedSince)
    case .found(let bytes, isInUse: false, let closedSince):
      let closing = closedSince == nil ? try SQLiteStore.closingWords(path: path) : nil
      return [size(bytes)] + (closing.map { [.doubtful("\(name): \($0)")] } ?? keys(closedSince))
    }
  }

  private func size(_ bytes: Int) -> CheckReport.Finding {
    let text = "\(name): \(Self.mebibytes(bytes)) MiB"
    guard bytes > configuration.storeMax else { return .fine(text) }
    return .doubtful(
      "\(name): it has \(Self.mebibytes(bytes)) MiB, more than store_max: messages may be refused")
  }

  /// - Parameter time: when the first key has closed access.
  private func keys(_ time: Timestamp?) -> [CheckReport.Finding] {
    guard let time else {
      guard configuration.auth == .required, configuration.keysFile == nil, configuration.adminKeyFile == nil,
        ConfigurationCredential.adminKey(in: environment) == nil
      else { return [] }
      return [
        .doubtful(
          "auth required: there is neither a key nor a user yet, and nobody comes in (ollama-gateway keys add --admin)"
        )
      ]
    }
    let day = time.iso8601.prefix { $0 != "T" }
    switch configuration.auth {
    case .required where configuration.openTo.isEmpty:
      return [.fine("auth: who neither shows a key nor has signed in is shut out")]
    case .required:
      return [
        .fine("auth: who neither shows a key nor has signed in is shut out, but for whom open_to names")
      ]
    case .optional, .open: return [.fine("auth: who neither shows a key nor has signed in is let in")]
    case .automatic:
      return [.doubtful("auth: keys or users have closed access since \(day), \(KeyWarning.missingAuth)")]
    }
  }

  /// The start makes the folder of the automatic one; nil where it is there.
  private var folderToBeMade: CheckReport.Finding? {
    guard let made = StateFolder.firstToBeMade(for: location) else { return nil }
    if made.isPossible { return .fine("\(name): the start makes it, and \(made.folder)") }
    return .wrong("\(name): its folder \(made.folder) is not there, and cannot be made")
  }

  private func postgresql(_ url: String) throws(StoreError) -> [CheckReport.Finding] {
    let file = configuration.storePasswordFile ?? ConfigurationCredential.storePassword(in: environment)
    let trial = try PostgreSQLStore.trial(url: url, password: try StorePassword.read(file))
    let place = "store \(trial.location.escapedForMessage): PostgreSQL \(trial.version.escapedForMessage)"
    let warnings = trial.warnings.map { CheckReport.Finding.doubtful("store: \($0)") }
    let more = warnings + keys(trial.closedSince)
    if let holder = trial.holder {
      return [
        .doubtful("\(place): a gateway has it now (\(holder)), and a second one cannot")
      ] + more
    }
    return [.fine(trial.isMade ? place : "\(place): the start makes the tables")] + more
  }

  /// Rounded up.
  private static func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }
}
