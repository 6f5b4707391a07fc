import Configuration
import Glibc

/// The folder of the store that nobody has asked for: it is made where it is not there, with those above it.
enum StateFolder {
  /// Makes the folder of a store's file, for its user alone. Whatever keeps it from that is told by who opens the store.
  static func make(for store: StoreLocation) {
    guard case .sqlite(let path) = store else { return }
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
      folder += "/" + part
      mkdir(folder, 0o700)
    }
  }
}
