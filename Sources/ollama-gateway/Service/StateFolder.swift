import Configuration
import Glibc

/// The folder of the store that nobody has asked for: it is made where it is not there, with those above it.
enum StateFolder {
  /// Whether this user can look into the folder of a store.
  enum Access {
    case open
    case shut(String)
  }

  /// Makes the folder of a store's file, for its user alone. Whatever keeps it from that is told by who opens the store.
  static func make(for store: StoreLocation) {
    for folder in folders(of: store) { mkdir(folder, 0o700) }
  }

  /// The folder that is not there, nearest to the root, and whether it can be made; nil where all are there.
  static func firstToBeMade(for store: StoreLocation) -> (folder: String, isPossible: Bool)? {
    var above = "/"
    for folder in folders(of: store) {
      if Glibc.access(folder, F_OK) != 0, errno == ENOENT {
        return (folder, faccessat(AT_FDCWD, above, W_OK | X_OK, AT_EACCESS) == 0)
      }
      above = folder
    }
    return nil
  }

  /// The folder of a store's file; nil for a path that does not begin at the root.
  static func folder(of path: String) -> String? { folders(of: .sqlite(path: path)).last }

  /// A folder is shut where it, or one above it, lets this user not in.
  static func access(for store: StoreLocation) -> Access {
    guard let folder = folders(of: store).last else { return .open }
    return faccessat(AT_FDCWD, folder, X_OK, AT_EACCESS) != 0 && errno == EACCES ? .shut(folder) : .open
  }

  /// From the root down; of a path that begins there.
  private static func folders(of store: StoreLocation) -> [String] {
    guard case .sqlite(let path) = store, path.utf8.first == UInt8(ascii: "/") else { return [] }
    var folder = ""
    return path.split(separator: "/").dropLast().map { part in
      folder += "/" + part
      return folder
    }
  }
}
