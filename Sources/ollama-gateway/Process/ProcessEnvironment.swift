import CLinux

/// The variables that the process was started with.
enum ProcessEnvironment {
  /// By their names; of one that is there twice the first counts, as with getenv(3).
  static var variables: [String: String] {
    var variables: [String: String] = [:]
    guard var entry = clinux_environment() else { return variables }
    while let bytes = entry.pointee {
      let text = String(cString: bytes)
      if let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        let name = String(text[..<mark])
        if variables[name] == nil { variables[name] = String(text[text.utf8.index(after: mark)...]) }
      }
      entry += 1
    }
    return variables
  }
}
