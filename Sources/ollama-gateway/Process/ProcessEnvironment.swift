import CLinux
import Configuration

/// The variables that the process was started with.
enum ProcessEnvironment {
  /// By their names; of one that is there twice the first counts, as with getenv(3). One that is no UTF-8 is not there.
  static var variables: [String: String] {
    var variables: [String: String] = [:]
    for (name, value) in entries where variables[name] == nil { variables[name] = value }
    return variables
  }

  /// The name of a variable of ours, or of one that says where the store is, whose value is no UTF-8: it would name another file.
  static var malformed: String? {
    entries.first { name, value in
      value == nil
        && (name.utf8.starts(with: Setting.environmentPrefix.utf8)
          || ["STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"].contains(name))
    }?.name
  }

  /// Nil for a value that is no UTF-8.
  private static var entries: [(name: String, value: String?)] {
    var entries: [(name: String, value: String?)] = []
    guard var entry = clinux_environment() else { return entries }
    while let bytes = entry.pointee {
      let text = String(cString: bytes)
      if let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        let isWhole = String(validatingCString: bytes) != nil
        entries.append((String(text[..<mark]), isWhole ? String(text[text.utf8.index(after: mark)...]) : nil))
      }
      entry += 1
    }
    return entries
  }
}
