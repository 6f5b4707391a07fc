internal import Bytes

/// What stands between the parts of content of a type `multipart/…` (RFC 2046 section 5.1.1).
enum MultipartBoundary: Equatable {
  /// The type is another one.
  case none
  /// The form is of pairs instead (`application/x-www-form-urlencoded`).
  case ampersand
  case text(String)
  /// The parameter is missing, stands twice, or is written in a way that not all read alike.
  case unclear

  init(_ contentType: String) {
    // Go takes white space away and lowers letters as Unicode has them, of which some become those of ASCII.
    guard contentType.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }) else {
      self = .unclear
      return
    }
    let parts = contentType.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let type = parts[0].withoutBlanks.map(ASCII.lowercased)
    guard type.starts(with: "multipart/".utf8) else {
      self = type.elementsEqual("application/x-www-form-urlencoded".utf8) ? .ampersand : .none
      return
    }
    self = .unclear
    // In a quoted string a semicolon may stand, and a backslash: no client has them.
    guard !contentType.utf8.contains(UInt8(ascii: "\\")) else { return }
    for part in parts.dropFirst() {
      let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = halves[0].withoutBlanks.map(ASCII.lowercased)
      guard name.starts(with: "boundary".utf8) else { continue }
      guard name.count == 8, halves.count == 2, self == .unclear,
        let value = MultipartBoundary.value(halves[1].withoutBlanks)
      else {
        self = .unclear
        return
      }
      self = .text(value)
    }
  }

  /// A token or a quoted string.
  private static func value(_ text: Substring.UTF8View) -> String? {
    let quote = UInt8(ascii: "\"")
    var value = text
    if text.first == quote {
      guard text.count >= 2, text.last == quote else { return nil }
      value = text.dropFirst().dropLast()
    }
    guard !value.isEmpty, value.count <= 200, !value.contains(quote) else { return nil }
    return String(Substring(value))
  }
}
