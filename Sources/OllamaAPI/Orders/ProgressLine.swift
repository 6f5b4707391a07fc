internal import JSON

/// A line of the progress of `/api/pull`, `/api/push` and `/api/create`.
struct ProgressLine: Equatable {
  /// Its beginning, of at most ``textLimit`` bytes; empty where it is missing.
  var status = ""
  /// Of a layer; empty for what is about none.
  var digest = ""
  /// In bytes.
  var total: Int?
  /// In bytes; Ollama leaves 0 out.
  var completed = 0
  /// What went wrong, cut as ``status``.
  var error: String?

  /// In bytes.
  static let textLimit = 300

  /// - Returns: nil for what is no object of JSON.
  init?(_ line: UnsafeRawBufferPointer) {
    var scanner = JSONMemberScanner()
    do throws(JSONError) {
      while case .member(let member) = try scanner.next(in: line) { note(member) }
    } catch {
      return nil
    }
  }

  private mutating func note(_ member: JSONMemberScanner.Member) {
    let (key, value) = (member.key, member.value)
    if ("status" as StaticString).equals(key) {
      status = Self.text(value) ?? ""
    } else if ("digest" as StaticString).equals(key) {
      digest = Self.text(value) ?? ""
    } else if ("total" as StaticString).equals(key) {
      total = Self.bytes(value)
    } else if ("completed" as StaticString).equals(key) {
      completed = Self.bytes(value) ?? 0
    } else if ("error" as StaticString).equals(key) {
      error = Self.text(value) ?? "unknown error"
    }
  }

  private static func bytes(_ value: UnsafeRawBufferPointer) -> Int? {
    Int(String(decoding: value.prefix(32), as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
  }

  private static func text(_ value: UnsafeRawBufferPointer) -> String? {
    guard value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
    let content = UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])
    return String(decoding: JSONString.unescaped(content), as: UTF8.self).beginning(of: textLimit)
  }
}

extension String {
  /// As many of its bytes as are whole characters of Unicode.
  func beginning(of limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end > startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
    return String(self[..<end])
  }
}
