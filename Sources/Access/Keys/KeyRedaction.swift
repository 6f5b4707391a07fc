internal import Bytes

/// Takes the secrets of keys out of texts that are logged, or sent back.
package enum KeyRedaction {
  private static let mark = Array("…".utf8)

  /// What stands behind these may be a key that was made elsewhere, or the secret of a link. A public part may be seen.
  private static let folders = ["/key/", "/api/v1/admin/keys/", "/api/v1/auth/verify-email/"]

  /// A path without the secrets of keys of ours (`sk-og-4fXc0aQ2mZ9T-…`), and with nothing of what stands in place of a key, as
  /// that may be one that was made elsewhere. One with escapes that hide a key is decoded.
  package static func path(_ path: String) -> String {
    guard path.utf8.contains(UInt8(ascii: "%")), let decoded = PercentEncoding.decode(path[...]) else {
      return plain(path)
    }
    let redacted = plain(decoded)
    return redacted.utf8.elementsEqual(decoded.utf8) ? path : redacted
  }

  private static func plain(_ path: String) -> String {
    for folder in folders where path.utf8.starts(with: folder.utf8) {
      let rest = path.utf8.dropFirst(folder.utf8.count)
      let name = rest.prefix { $0 != UInt8(ascii: "/") }
      if name.isEmpty || folder != folders[0] && name.count <= KeyID.count { break }
      let shown = text(String(decoding: name, as: UTF8.self))
      // Ours keeps its public part; of another nothing is shown, nor of what stands behind it.
      let isOurs = shown.utf8.count != name.count || !shown.utf8.elementsEqual(name)
      return isOurs && folder != folders[0]
        ? folder + shown + String(decoding: rest.dropFirst(name.count), as: UTF8.self) : folder + "…"
    }
    return text(path)
  }

  /// A text without the secrets of keys of ours: their public parts stay.
  package static func text(_ text: String) -> String {
    let prefix = KeyForm.prefix
    let start = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    guard text.utf8.count > start.count + KeyID.count else { return text }
    let bytes = Array(text.utf8)
    guard var place = find(start, in: bytes, from: 0) else { return text }
    var kept: [UInt8] = []
    var done = 0
    while true {
      // The public part, and the dash behind it.
      let shown = min(bytes.count, place + start.count + KeyID.count + 1)
      let end = bytes[shown...].firstIndex { !Base62.isDigit($0) && $0 != UInt8(ascii: "-") } ?? bytes.count
      kept += bytes[done..<shown]
      if end > shown { kept += mark }
      done = end
      guard let next = find(start, in: bytes, from: end) else { break }
      place = next
    }
    return String(decoding: kept + bytes[done...], as: UTF8.self)
  }

  private static func find(_ needle: UnsafeBufferPointer<UInt8>, in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= needle.count, start <= bytes.count - needle.count else { return nil }
    return (start...(bytes.count - needle.count)).first {
      bytes[$0] == needle[0] && bytes[$0...].starts(with: needle)
    }
  }
}
