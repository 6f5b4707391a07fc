import Configuration
import Gateway
import Glibc
import PostgreSQLStore
import SQLiteStore
import Sessions
import System

// The store before the service's first start.
extension ServiceStore {
  /// What systemd makes for the unit, and whose it is then: with a dynamic user it may be moved and change hands at the start, with all
  /// that is in it.
  private static let unitFolder = "/var/lib/ollama-gateway"
  private static let unitUser = "ollama-gateway"

  /// Opens it as ``open()`` does, and makes it where there is none: the first key is made before the service is started.
  ///
  /// Its files are those of the folder's owner, whoever makes them, so that the service can open them. A store that was there and is not
  /// there any more is not made anew.
  func openOrMake() throws(StoreError) -> any SessionStore {
    switch location {
    case .automatic, .memory: break
    case .sqlite(let path):
      if Glibc.access(path, F_OK) != 0, errno == ENOENT { try make(sqlite: path) }
    case .postgresql(let url):
      let password = try StorePassword.read(configuration.storePasswordFile)
      let trial = try PostgreSQLStore.trial(url: url, password: password)
      if !trial.isMade {
        let isMade = try Self.make({ () throws(StoreError) in
          try PostgreSQLStore.open(url: url, password: password).close()
        }) { (try? PostgreSQLStore.trial(url: url, password: password))?.isMade == true }
        if isMade { StandardError.write("made the tables of the store \(trial.location)\n") }
      }
    }
    return try open()
  }

  private func make(sqlite path: String) throws(StoreError) {
    if configuration.store == .automatic { StateFolder.make(for: location) }
    if let missing = StateFolder.firstToBeMade(for: location) { try makeFolder(missing.folder, for: path) }
    let isMade = try Self.make({ () throws(StoreError) in
      try SQLiteStore.open(path: path, isBrief: true).close()
    }) { Glibc.access(path, F_OK) == 0 }
    if isMade { StandardError.write("made the store \(path)\n") }
  }

  /// How long a service that starts at the same moment may take to make it.
  private static let patience = Duration.seconds(5)

  /// - Returns: false where another one has made it: a service that has it from now on.
  private static func make(
    _ make: () throws(StoreError) -> Void, unlessThereIs isThere: () -> Bool
  ) throws(StoreError) -> Bool {
    do throws(StoreError) {
      try make()
      return true
    } catch {
      guard error.kind == .taken else { throw error }
      let deadline = MonotonicTime.now + patience
      while !isThere() {
        guard MonotonicTime.now < deadline else { throw error }
        usleep(20_000)
      }
      return false
    }
  }

  /// Only the innermost: what is above it would be a typing mistake.
  private func makeFolder(_ folder: String, for path: String) throws(StoreError) {
    guard folder == StateFolder.folder(of: path) else {
      throw StoreError(
        .unusable, "the store \(path): \(folder) is not there. Make it, as the user that the gateway runs as")
    }
    guard mkdir(folder, 0o700) == 0 else {
      let advice = errno == EACCES ? ": run this as root, or start the gateway first, which makes it" : ""
      throw StoreError(
        .unusable,
        "the store \(path): cannot make its folder \(folder): \(SystemCallError.reason(of: errno))\(advice)")
    }
    StandardError.write("made the folder \(folder)\n")
    guard geteuid() == 0, folder == Self.unitFolder else { return }
    // Where there is no such user yet, systemd gives the folder to the one that it makes.
    guard let user = getpwnam(Self.unitUser) else { return }
    chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
  }
}
