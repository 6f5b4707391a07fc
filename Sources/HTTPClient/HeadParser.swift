internal import Bytes
internal import Glibc
internal import HTTPFields

/// Makes a ``ResponseHead`` out of the lines that libcurl hands over one by one: status line, fields, an empty line;
/// perhaps several times, as interim responses (1xx) come first.
struct HeadParser {
  /// A head past our bounds, or not one at all.
  struct ParsingError: Error, Equatable {
    let reason: String
  }

  static let fieldLimit = 256
  static let byteLimit = 128 * 1024

  private var status = 0
  /// Whether a status line has come, and its empty line has not.
  private var isInHead = false
  private var isHTTP10 = false
  private var fields = FieldSection()
  private var byteCount = 0

  /// - Returns: the head once its empty line has come, if it is the final response's.
  mutating func take(line: UnsafeRawBufferPointer) throws(ParsingError) -> ResponseHead? {
    byteCount += line.count
    guard byteCount <= HeadParser.byteLimit else {
      throw ParsingError(reason: "more than \(HeadParser.byteLimit) bytes of header")
    }
    guard isInHead else {
      try begin(HeadParser.trimmed(line))
      return nil
    }
    guard HeadParser.isEmpty(line) else {
      try append(line: line)
      return nil
    }
    isInHead = false
    guard status >= 200 else { return nil }
    let framing = try ResponseFraming(fields, isHTTP10: isHTTP10)
    // It has none, and libcurl would take the rest for the beginning of the next response.
    if status == 204 && framing != .untilClose && framing != .length(0) {
      throw ParsingError(reason: "content where there is none")
    }
    guard case .length(let length) = framing else { return ResponseHead(status: status, fields: fields) }
    return ResponseHead(status: status, fields: fields, contentLength: length)
  }

  private mutating func begin(_ line: UnsafeRawBufferPointer) throws(ParsingError) {
    guard HeadParser.isStatusLine(line) else { throw ParsingError(reason: "no status line") }
    status = HeadParser.status(of: line)
    isHTTP10 = line.starts(with: "HTTP/1.0".utf8)
    guard (100...599).contains(status) else { throw ParsingError(reason: "no status in the status line") }
    fields = FieldSection(reservingCapacity: 6, bytes: 192)
    isInHead = true
  }

  private mutating func append(line: UnsafeRawBufferPointer) throws(ParsingError) {
    // Such a line goes on with the value before it (RFC 9112 section 5.2). libcurl takes it for a field of its own where it
    // looks for the length, so that to join them here would be to read another response than it does.
    if let first = line.first, ASCII.isBlank(first) { throw ParsingError(reason: "a folded header line") }
    // libcurl takes whatever begins so for the end of the head.
    if line.first == 0x0d {
      throw ParsingError(reason: "a carriage return at the beginning of a header line")
    }
    try append(field: HeadParser.trimmed(line))
  }

  private mutating func append(field: UnsafeRawBufferPointer) throws(ParsingError) {
    guard fields.count < HeadParser.fieldLimit else {
      throw ParsingError(reason: "more than \(HeadParser.fieldLimit) header fields")
    }
    // libcurl has refused lines without a colon before.
    guard let colon = HeadParser.firstIndex(of: ":", in: field) else { return }
    let name = UnsafeRawBufferPointer(rebasing: field[..<colon])
    // libcurl does not know a field by such a name, others do (RFC 9112 section 5.1).
    if let last = name.last, ASCII.isBlank(last) {
      throw ParsingError(reason: "white space behind a field's name")
    }
    let value = HeadParser.trimmed(UnsafeRawBufferPointer(rebasing: field[(colon + 1)...]))
    fields.append(name: name, value: value)
  }

  private static func isEmpty(_ line: UnsafeRawBufferPointer) -> Bool {
    line.allSatisfy { $0 == 0x0d || $0 == 0x0a }
  }

  private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count > 5 && memcmp(line.baseAddress!, "HTTP/", 5) == 0
  }

  /// `HTTP/1.1 200 OK` -> 200; 0 where there are not three digits.
  private static func status(of line: UnsafeRawBufferPointer) -> Int {
    guard let space = firstIndex(of: " ", in: line) else { return 0 }
    let digits = line[(space + 1)...].prefix(3)
    return digits.count == 3 ? digits.decimal ?? 0 : 0
  }

  private static func firstIndex(of character: Unicode.Scalar, in line: UnsafeRawBufferPointer) -> Int? {
    guard let start = line.baseAddress else { return nil }
    return memchr(start, Int32(character.value), line.count).map { UnsafeRawPointer($0) - start }
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = bytes.count
    while end > 0, ASCII.isWhiteSpace(bytes[end - 1]) { end -= 1 }
    return bytes.withoutBlanks(0..<end)
  }
}
