import Configuration
import Gateway
import PostgreSQLStore
import SQLiteStore
import Sessions

/// The store of the service, as a subcommand finds it: by the settings of `serve`.
struct ServiceStore {
  let location: StoreLocation
  /// The settings of the service.
  let configuration: Configuration

  /// - Parameter otherwise: what becomes of what is looked for, where nothing is stored.
  /// - Throws: ``ConfigurationError``, and ``StoreError`` where there is no store or the running service has another one.
  init(
    _ settings: SettingOptions, otherwise: String = "these settings keep sessions in memory alone"
  ) throws {
    let sources = settings.sources.ofTheService
    let effective = try sources.resolve()
    var configuration = effective.configuration
    if configuration.storePasswordFile == nil {
      configuration.storePasswordFile = ConfigurationCredential.storePassword(in: sources.environment)
    }
    self.configuration = configuration
    location = configuration.store.resolved(in: sources.environment)
    guard location.isKept else {
      throw StoreError(.unusable, "\(otherwise): say --store PLACE")
    }
    // Who says it by a flag means that one.
    let isAskedFor = Setting.named("store").map(effective.source).map {
      if case .flag = $0 { true } else { false }
    }
    if isAskedFor != true { try checkIsTheServices(sources.environment) }
  }

  private func checkIsTheServices(_ environment: [String: String]) throws(StoreError) {
    guard let running = RunningStore.read(in: environment) else { return }
    let found = RunningStore.text(of: location)
    guard found != running else { return }
    throw StoreError(
      .unusable,
      "the running service has opened \(running), and by these settings it would be \(found): say --store PLACE"
    )
  }

  /// The path of the database; nil for a store that is no file.
  var path: String? {
    if case .sqlite(let path) = location { path } else { nil }
  }

  /// Opens it beside a service that may be running, and says which it is on standard error.
  func open() throws(StoreError) -> any SessionStore {
    let store: any SessionStore
    switch location {
    case .automatic, .memory: throw StoreError(.unusable, "there is no store")
    case .sqlite(let path): store = try SQLiteStore.open(path: path, mode: .beside)
    case .postgresql(let url):
      store = try PostgreSQLStore.open(
        url: url, password: try StorePassword.read(configuration.storePasswordFile), mode: .beside)
    }
    say(store.location)
    return store
  }

  /// Opens it so that nobody else has it meanwhile.
  ///
  /// - Returns: nil where a gateway has it.
  func openAlone() throws(StoreError) -> (any SessionStore)? {
    do throws(StoreError) {
      switch location {
      case .automatic, .memory: return nil
      case .sqlite(let path):
        return try SQLiteStore.isInUse(path: path) ? nil : SQLiteStore.open(path: path, mode: .exclusive)
      case .postgresql(let url):
        let password = try StorePassword.read(configuration.storePasswordFile)
        guard try PostgreSQLStore.trial(url: url, password: password).holder == nil else { return nil }
        return try PostgreSQLStore.open(url: url, password: password, mode: .exclusive)
      }
    } catch {
      if error.kind == .taken { return nil }
      throw error
    }
  }

  /// Says which store it is, on standard error: what the command prints may be read by programs.
  func say(_ place: String) { StandardError.write("store: \(place)\n") }
}
