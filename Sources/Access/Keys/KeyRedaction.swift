internal import Bytes

/// Takes the secrets of keys out of texts that are logged, or sent back.
package enum KeyRedaction {
  private static let mark = Array("…".utf8)

  /// A path without the secrets of keys of ours (`sk-og-4fXc0aQ2mZ9T-…`), and with nothing of what stands in LiteLLM's paths in place
  /// of a key, as that may be one that was made elsewhere.
  package static func path(_ path: String) -> String {
    let folder = "/key/"
    if path.utf8.starts(with: folder.utf8), path.utf8.count > folder.utf8.count { return folder + "…" }
    return text(path)
  }

  /// A text without the secrets of keys of ours: their public parts stay.
  package static func text(_ text: String) -> String {
    let prefix = KeyForm.prefix
    let start = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
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
