import Configuration
import Glibc
import SQLiteStore
import System

/// Which store the running service has opened: it says so in its runtime directory, so that a subcommand with other settings does not
/// work on another one unawares.
enum RunningStore {
  /// systemd's name for the directory, to the service; a subcommand knows it by the unit.
  private static let folderVariable = "RUNTIME_DIRECTORY"
  private static let standardFolder = "/run/ollama-gateway"
  private static let limit = 8192

  /// Notes which store the service has. Without a runtime directory there is nothing to note.
  static func write(_ location: StoreLocation, environment: [String: String]) {
    guard let folder = environment[folderVariable]?.split(separator: ":").first else { return }
    let path = "\(folder)/store"
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let text = Array("\(text(of: location))\n".utf8)
    text.withUnsafeBytes { _ = BlockingIO.write($0, to: descriptor) }
  }

  /// Nil where no service runs that has said so.
  static func read(in environment: [String: String]) -> String? {
    let folder = environment[folderVariable]?.split(separator: ":").first.map(String.init) ?? standardFolder
    let descriptor = Glibc.open("\(folder)/store", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: limit) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  /// A file by the path that it has whatever links lead there. Addresses have no password.
  static func text(of location: StoreLocation) -> String {
    guard case .sqlite(let path) = location, let resolved = try? SQLiteStore.location(of: path) else {
      return location.description
    }
    return "\(StoreLocation.sqlite(path: resolved))"
  }
}
