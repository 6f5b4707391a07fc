internal import Bytes

/// Why no server has let us in, from the library's verbose words for it: of each server that was asked
///
///     connection to server at "h" (192.0.2.1), port 5432 failed: FATAL:  28P01: password authentication failed for user "u"
///     LOCATION:  auth_failed, auth.c:335
struct ConnectionRefusal: Equatable {
  /// The state of the last server that gave one, or what the library's own words amount to; empty where nobody has said anything.
  let state: String
  /// One line, without codes and places in the server's source.
  let words: String

  init(_ text: String) {
    var state = ""
    var lines: [String] = []
    for line in text.split(separator: "\n") where !line.utf8.starts(with: "LOCATION: ".utf8) {
      let parts = line.split(separator: ": ", omittingEmptySubsequences: false)
      // Two blanks are before a code, of which one is in the separator.
      let code = parts.firstIndex {
        $0.utf8.count == 6 && $0.utf8.first == UInt8(ascii: " ") && Self.isCode($0.utf8.dropFirst())
      }
      guard let code else {
        lines.append(String(line))
        continue
      }
      state = String(parts[code].dropFirst())
      lines.append((parts[..<code] + parts[(code + 1)...]).joined(separator: ": "))
    }
    words = lines.joined(separator: "; ")
    // The library itself finds this out, and says it in English.
    if words.contains("session is read-only") || words.contains("server is in hot standby mode") {
      state = "25006"
    }
    self.state = state
  }

  private static func isCode(_ bytes: some Sequence<UInt8>) -> Bool {
    bytes.allSatisfy { ASCII.isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
