public import HTTPFields

/// The head of a server's response: RFC 9112 sections 4 and 5.
public struct ResponseHead: Sendable {
  public let status: Int
  /// In the order of arrival, the values without the white space around them.
  public let fields: [HTTPField]

  /// - Parameter head: all lines, with the empty one at the end.
  /// - Returns: nil if it is not well-formed.
  init?(_ head: [UInt8]) {
    var lines = head.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    // After the last line break is nothing; before it is the empty line.
    lines = lines.dropLast(2)
    guard lines.allSatisfy({ $0.last == UInt8(ascii: "\r") }) else { return nil }
    let texts = lines.map { String(decoding: $0.dropLast(), as: UTF8.self) }
    guard let status = texts.first.flatMap(Self.status) else { return nil }
    var fields: [HTTPField] = []
    for text in texts.dropFirst() {
      guard let field = Self.field(text) else { return nil }
      fields.append(field)
    }
    self.status = status
    self.fields = fields
  }

  private static func status(_ line: String) -> Int? {
    let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3 else { return nil }
    guard let status = UInt16(parts[1]), (100...599).contains(status) else { return nil }
    return Int(status)
  }

  /// White space in the name, or before it (a folded line), is refused: RFC 9112 section 5.
  private static func field(_ line: String) -> HTTPField? {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = line[..<colon]
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    return (String(name), String(line[line.utf8.index(after: colon)...].trimmed))
  }
}
