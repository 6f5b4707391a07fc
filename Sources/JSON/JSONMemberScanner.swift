/// Walks the members of a document's top-level object where they stand, in constant memory.
///
/// For bodies of many megabytes of which a few members matter: a parsed tree would cost up to 15 times their size.
/// It checks the grammar of RFC 8259 throughout, but takes any bytes above U+001F inside a string: whoever decodes a
/// string decides about bad UTF-8 and lone surrogates.
public struct JSONMemberScanner {
  /// A member as it stands in the document.
  public struct Member {
    /// The key without its quotes and still escaped; see `JSONString`.
    public let key: UnsafeRawBufferPointer
    /// The value's text; a string has its quotes.
    public let value: UnsafeRawBufferPointer
  }

  /// The bound on nested arrays and objects.
  public static let maximumDepth = ContainerStack.capacity

  private enum Progress {
    case start, members, end
  }

  private let document: UnsafeRawBufferPointer
  private var position = 0
  private var progress = Progress.start

  /// - Parameter document: bytes that stay in place as long as the scanner and its members are in use.
  public init(_ document: UnsafeRawBufferPointer) {
    self.document = document
  }

  /// The next member in the document's order, duplicates too; `nil` after the last, when the rest of the document
  /// is white space.
  ///
  /// - Throws: when the document is no JSON object or is nested too deep. Members before the fault were given out.
  public mutating func next() throws(JSONError) -> Member? {
    switch progress {
    case .start:
      skipWhiteSpace()
      try expect("{", "The document is not a JSON object")
      progress = .members
      skipWhiteSpace()
      if take("}") { return try finish() }
    case .members:
      skipWhiteSpace()
      if take("}") { return try finish() }
      try expect(",", "A comma or a closing brace is missing")
      skipWhiteSpace()
    case .end:
      return nil
    }
    let key = try keyAndColon()
    let start = position
    try skipValue()
    return Member(key: key, value: slice(from: start))
  }

  private mutating func finish() throws(JSONError) -> Member? {
    progress = .end
    skipWhiteSpace()
    guard position == document.count else { throw failure("There is more after the end of the document") }
    return nil
  }
}

// MARK: - Values

// These are forced inline, so that a value is stepped over in one loop: a body of 64 MiB is scanned on an event loop,
// and a hostile one is nothing but small values.

extension JSONMemberScanner {
  /// Steps over one value, without recursion: a hostile document must not decide how deep our stack gets.
  private mutating func skipValue() throws(JSONError) {
    var open = ContainerStack()
    while true {
      skipWhiteSpace()
      if try beginContainer(&open) { continue }
      try endContainers(&open)
      if open.isEmpty { return }
    }
  }

  /// At a value: true when it opened a container that has a value next, false when the value is over.
  @inline(__always)
  private mutating func beginContainer(_ open: inout ContainerStack) throws(JSONError) -> Bool {
    if take("{") {
      skipWhiteSpace()
      guard !take("}") else { return false }
      try push(.object, &open)
      _ = try keyAndColon()
      return true
    }
    if take("[") {
      skipWhiteSpace()
      guard !take("]") else { return false }
      try push(.array, &open)
      return true
    }
    try skipScalar()
    return false
  }

  /// After a value: closes what ends here, up to the comma before the next value or to the end of them all.
  @inline(__always)
  private mutating func endContainers(_ open: inout ContainerStack) throws(JSONError) {
    while let innermost = open.innermost {
      skipWhiteSpace()
      if take(",") {
        skipWhiteSpace()
        if innermost == .object { _ = try keyAndColon() }
        return
      }
      try expect(innermost == .object ? "}" : "]", "A comma or a closing bracket is missing")
      open.pop()
    }
  }

  private func push(_ container: ContainerStack.Container, _ open: inout ContainerStack) throws(JSONError) {
    guard open.push(container) else { throw failure("The document is nested too deep") }
  }

  @inline(__always)
  private mutating func skipScalar() throws(JSONError) {
    guard let byte = current else { throw failure("The document ends early") }
    switch byte {
    case UInt8(ascii: "\""): _ = try stringContent()
    case UInt8(ascii: "t"): try expect(word: "true")
    case UInt8(ascii: "f"): try expect(word: "false")
    case UInt8(ascii: "n"): try expect(word: "null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
    default: throw failure("A value is missing")
    }
  }

  @inline(__always)
  private mutating func skipNumber() throws(JSONError) {
    _ = take("-")
    if !take("0") { try skipDigits() }
    if take(".") { try skipDigits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try skipDigits()
    }
  }

  @inline(__always)
  private mutating func skipDigits() throws(JSONError) {
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    guard position > start else { throw failure("A digit is missing") }
  }
}

// MARK: - Strings

extension JSONMemberScanner {
  private mutating func keyAndColon() throws(JSONError) -> UnsafeRawBufferPointer {
    guard current == UInt8(ascii: "\"") else { throw failure("A key is missing") }
    let key = try stringContent()
    skipWhiteSpace()
    try expect(":", "A colon is missing")
    skipWhiteSpace()
    return key
  }

  /// Steps over a string and answers what is between its quotes.
  private mutating func stringContent() throws(JSONError) -> UnsafeRawBufferPointer {
    position += 1
    let start = position
    while true {
      position = document.firstToEscape(from: position)
      switch current {
      case UInt8(ascii: "\""):
        position += 1
        return UnsafeRawBufferPointer(rebasing: document[start..<position - 1])
      case UInt8(ascii: "\\"): try skipEscape()
      case nil: throw failure("A string has no end")
      default: throw failure("A string holds a control character")
      }
    }
  }

  private mutating func skipEscape() throws(JSONError) {
    position += 1
    guard let byte = current else { throw failure("A string has no end") }
    position += 1
    switch byte {
    case UInt8(ascii: "u"):
      for _ in 0..<4 {
        guard let digit = current, JSONString.hexadecimal(digit) != nil else {
          throw failure("An escape in a string is malformed")
        }
        position += 1
      }
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      break
    default: throw failure("An escape in a string is malformed")
    }
  }
}

// MARK: - Bytes

extension JSONMemberScanner {
  @inline(__always)
  private var current: UInt8? { position < document.count ? document[position] : nil }

  @inline(__always)
  private mutating func skipWhiteSpace() {
    while let byte = current, byte <= UInt8(ascii: " "),
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
        || byte == UInt8(ascii: "\t")
    {
      position += 1
    }
  }

  @inline(__always)
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  @inline(__always)
  private mutating func expect(_ character: Unicode.Scalar, _ otherwise: StaticString) throws(JSONError) {
    guard !take(character) else { return }
    throw failure(current == nil ? "The document ends early" : otherwise)
  }

  private mutating func expect(word: StaticString) throws(JSONError) {
    let end = min(position + word.utf8CodeUnitCount, document.count)
    guard word.equals(UnsafeRawBufferPointer(rebasing: document[position..<end])) else {
      throw failure("A word is none of true, false and null")
    }
    position = end
  }

  private func slice(from start: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: document[start..<position])
  }

  private func failure(_ message: StaticString) -> JSONError {
    JSONError(message: "\(message)", offset: position)
  }
}
