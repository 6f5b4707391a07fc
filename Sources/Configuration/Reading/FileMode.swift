internal import Glibc

/// Who may do what with a file that others should not touch.
enum FileMode {
  /// A line for the log where the file's mode has one of these bits; nil where it has none, or there is no such file. Blocks.
  static func warning(of path: String, against bits: mode_t, _ problem: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & bits != 0 else { return nil }
    let mode = String(status.st_mode & 0o777, radix: 8)
    return "\(path.escapedForMessage): \(problem) (its mode is \(mode)): chmod 600 it"
  }
}
