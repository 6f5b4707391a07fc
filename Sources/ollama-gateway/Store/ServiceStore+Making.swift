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
      if !trial.isMade, trial.holder == nil {
        try PostgreSQLStore.open(url: url, password: password).close()
        StandardError.write("made the tables of the store \(trial.location)\n")
      }
    }
    return try open()
  }

  private func make(sqlite path: String) throws(StoreError) {
    if configuration.store == .automatic { StateFolder.make(for: location) }
    if let missing = StateFolder.firstToBeMade(for: location) { try makeFolder(missing.folder, for: path) }
    try SQLiteStore.open(path: path).close()
    StandardError.write("made the store \(path)\n")
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
