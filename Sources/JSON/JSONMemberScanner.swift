internal import Bytes

/// Walks the members of a document's top-level object where they stand, in constant memory and in pieces of any size: what
/// is read at once is the caller's choice, so that a document of many megabytes need not hold an event loop.
///
/// For bodies of many megabytes of which a few members matter: a parsed tree would cost up to 15 times their size.
/// It checks the grammar of RFC 8259 up to the end of the object, which is all that counts of a document, as for Go's
/// decoder of streams, which Ollama reads with. It takes any bytes above U+001F inside a string and any half of a character
/// in an escape: `JSONString` decodes them.
public struct JSONMemberScanner {
  /// A member as it stands in the document.
  public struct Member {
    /// The key without its quotes and still escaped; see `JSONString`.
    public let key: UnsafeRawBufferPointer
    /// The value's text; a string has its quotes.
    public let value: UnsafeRawBufferPointer
    /// What is counted of the value, at any depth; nothing where nothing is counted.
    public var counted = CountedValues()
  }

  /// Strings that are told from others as they are read, because their bytes mean something else.
  public struct StringClass: Sendable {
    /// Shorter strings are not looked at.
    public let minimumBytes: Int
    /// Whether a string belongs to the class, by what stands between its quotes, still escaped, and by the key of the innermost member
    /// that it stands in, likewise. At most a string's beginning should be looked at: a document may have many.
    public let contains: @Sendable (_ text: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) -> Bool
    /// Whether the array or object under a key has none of the class, whatever stands in it. Not asked of the document's own members.
    public let excludes: @Sendable (_ key: UnsafeRawBufferPointer) -> Bool

    /// See the properties.
    public init(
      minimumBytes: Int, excludes: @escaping @Sendable (_ key: UnsafeRawBufferPointer) -> Bool,
      contains: @escaping @Sendable (_ text: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) -> Bool
    ) {
      self.minimumBytes = minimumBytes
      self.excludes = excludes
      self.contains = contains
    }
  }

  /// How many strings of a class there are, what they take between their quotes, and how many numbers.
  public struct CountedValues: Equatable, Sendable {
    /// Strings of the class. At most as many as the document has bytes.
    public fileprivate(set) var count = 0
    /// What these take. At most as many as the document has.
    public fileprivate(set) var bytes = 0
    /// Numbers, and nulls, which Go reads for zeros in an array of numbers. At most as many as the document has bytes.
    public fileprivate(set) var numbers = 0
  }

  /// What reading on has come to.
  public enum Step {
    /// The next member in the document's order, duplicates too.
    case member(Member)
    /// A member with a string for its value of an object that is an element of the array that is the value of the member
    /// `parent` of the document's object. It comes before the parent does, and only where elements are watched.
    case element(Member, parent: UnsafeRawBufferPointer)
    /// The bytes that were allowed are used up.
    case pause
    /// The object ends; whatever may stand behind it is none of the document.
    case end
  }

  /// The bound on nested arrays and objects.
  public static let maximumDepth = ContainerStack.capacity
  /// The bound on a number's characters: one is always read at once.
  public static let maximumNumberBytes = 64 * 1024

  /// What stands at ``position``, where it is no white space.
  private enum Expected {
    case document, firstKey, key, colon, firstElement, value, separator, nothing
    /// The rest of a string.
    case restOfKey, restOfString
  }

  /// Bytes that were read.
  public private(set) var position = 0
  private var expected = Expected.document
  /// Those inside the document's own object.
  private var open = ContainerStack()
  private var key = 0..<0
  private var valueStart = 0
  /// The same of a member of an element.
  private let watchesElements: Bool
  private var elementKey = 0..<0
  private var elementStart = 0
  /// Of the member that is read.
  private let countedClass: StringClass?
  private var counted = CountedValues()
  /// The key that was read last, at any depth.
  private var lastKey = 0..<0
  /// How many containers are open inside the outermost one in which nothing belongs to the class, that one among them; 0 outside of such.
  private var excludedDepth = 0
  /// Where the text of the last string that is a value begins.
  private var stringStart = 0

  /// - Parameters:
  ///   - watchesElements: whether members of elements are given out as well.
  ///   - countedClass: strings that are counted, by member.
  public init(watchingElements watchesElements: Bool = false, counting countedClass: StringClass? = nil) {
    self.watchesElements = watchesElements
    self.countedClass = countedClass
  }

  /// Reads on to the end of the next member, but not past byte `limit` of the document by more than a number or word.
  ///
  /// - Parameter document: the same bytes each time.
  /// - Throws: when the document is no JSON object or is nested too deep. Members before the fault were given out.
  public mutating func next(
    in document: UnsafeRawBufferPointer, upTo limit: Int = .max
  ) throws(JSONError) -> Step {
    let end = min(limit, document.count)
    while expected != .nothing {
      if expected == .restOfKey || expected == .restOfString {
        guard try skipString(document, end) else { return .pause }
      } else {
        skipWhiteSpace(document, end)
        guard position < end else { return try atEnd(of: document) }
        try readToken(document)
      }
      if expected == .separator && open.isEmpty && valueStart > 0 {
        let value = UnsafeRawBufferPointer(rebasing: document[valueStart..<position])
        valueStart = 0
        return .member(
          Member(key: UnsafeRawBufferPointer(rebasing: document[key]), value: value, counted: counted))
      }
      if elementStart > 0 && expected == .separator {
        let value = UnsafeRawBufferPointer(rebasing: document[elementStart..<position])
        elementStart = 0
        let member = Member(key: UnsafeRawBufferPointer(rebasing: document[elementKey]), value: value)
        return .element(member, parent: UnsafeRawBufferPointer(rebasing: document[key]))
      }
    }
    return .end
  }

  private func atEnd(of document: UnsafeRawBufferPointer) throws(JSONError) -> Step {
    guard position >= document.count else { return .pause }
    throw failure("The document ends early")
  }
}

// MARK: - Tokens

// These are forced inline, so that tokens are stepped over in one loop: a hostile document is nothing but small values.

extension JSONMemberScanner {
  /// - Parameter document: has a byte at ``position``, which is no white space.
  @inline(__always)
  private mutating func readToken(_ document: UnsafeRawBufferPointer) throws(JSONError) {
    let byte = document[position]
    switch expected {
    case .value: try beginValue(byte, document)
    case .separator: try readSeparator(byte)
    case .key: try beginKey(byte)
    case .colon:
      guard byte == UInt8(ascii: ":") else { throw failure("A colon is missing") }
      position += 1
      expected = .value
    case .firstKey:
      if byte == UInt8(ascii: "}") { endContainer() } else { try beginKey(byte) }
    case .firstElement:
      if byte == UInt8(ascii: "]") { endContainer() } else { try beginValue(byte, document) }
    case .document:
      guard byte == UInt8(ascii: "{") else { throw failure("The document is not a JSON object") }
      position += 1
      expected = .firstKey
    // Read elsewhere.
    case .nothing, .restOfKey, .restOfString: break
    }
  }

  @inline(__always)
  private mutating func beginKey(_ byte: UInt8) throws(JSONError) {
    guard byte == UInt8(ascii: "\"") else { throw failure("A key is missing") }
    position += 1
    lastKey = position..<position
    if open.isEmpty { key = position..<position }
    if watchesElements && open.isElement { elementKey = position..<position }
    expected = .restOfKey
  }

  @inline(__always)
  private mutating func beginValue(_ byte: UInt8, _ document: UnsafeRawBufferPointer) throws(JSONError) {
    if open.isEmpty {
      valueStart = position
      counted = CountedValues()
    }
    switch byte {
    case UInt8(ascii: "\""):
      if watchesElements && open.isElement { elementStart = position }
      position += 1
      stringStart = position
      expected = .restOfString
    case UInt8(ascii: "{"): try beginContainer(.object, document)
    case UInt8(ascii: "["): try beginContainer(.array, document)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      counted.numbers += 1
      try skipNumber(document)
    case UInt8(ascii: "t"): try skip("true", document)
    case UInt8(ascii: "f"): try skip("false", document)
    case UInt8(ascii: "n"):
      counted.numbers += 1
      try skip("null", document)
    default: throw failure("A value is missing")
    }
  }

  @inline(__always)
  private mutating func beginContainer(
    _ container: ContainerStack.Container, _ document: UnsafeRawBufferPointer
  ) throws(JSONError) {
    // The last key is that of the container where it stands in an object.
    let isMember = open.innermost == .object
    guard open.push(container) else { throw failure("The document is nested too deep") }
    if isMember, excludedDepth == 0, let countedClass,
      countedClass.excludes(UnsafeRawBufferPointer(rebasing: document[lastKey]))
    {
      excludedDepth = open.count
    }
    position += 1
    expected = container == .object ? .firstKey : .firstElement
  }

  /// At a closing brace or bracket: of the document itself where nothing else is open.
  @inline(__always)
  private mutating func endContainer() {
    position += 1
    if open.isEmpty {
      expected = .nothing
    } else {
      open.pop()
      if open.count < excludedDepth { excludedDepth = 0 }
      expected = .separator
    }
  }

  @inline(__always)
  private mutating func readSeparator(_ byte: UInt8) throws(JSONError) {
    let isObject = open.innermost != .array
    if byte == UInt8(ascii: ",") {
      position += 1
      expected = isObject ? .key : .value
    } else if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
      endContainer()
    } else {
      throw failure("A comma or a closing bracket is missing")
    }
  }

  private mutating func skip(_ word: StaticString, _ document: UnsafeRawBufferPointer) throws(JSONError) {
    let end = min(position + word.utf8CodeUnitCount, document.count)
    guard word.equals(UnsafeRawBufferPointer(rebasing: document[position..<end])) else {
      throw failure("A word is none of true, false and null")
    }
    position = end
    expected = .separator
  }

  @inline(__always)
  private mutating func skipNumber(_ document: UnsafeRawBufferPointer) throws(JSONError) {
    let bound = min(document.count, position + JSONMemberScanner.maximumNumberBytes)
    let digits = UnsafeRawBufferPointer(rebasing: document[..<bound])
    take("-", digits)
    if !take("0", digits) { try skipDigits(digits) }
    if take(".", digits) { try skipDigits(digits) }
    if take("e", digits) || take("E", digits) {
      if !take("+", digits) { take("-", digits) }
      try skipDigits(digits)
    }
    guard position < bound || bound == document.count else { throw failure("A number is too long") }
    expected = .separator
  }

  @inline(__always)
  private mutating func skipDigits(_ digits: UnsafeRawBufferPointer) throws(JSONError) {
    let start = position
    while position < digits.count, ASCII.isDigit(digits[position]) { position += 1 }
    guard position > start else { throw failure("A digit is missing") }
  }

  @inline(__always)
  @discardableResult
  private mutating func take(_ character: Unicode.Scalar, _ digits: UnsafeRawBufferPointer) -> Bool {
    guard position < digits.count, digits[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }
}

// MARK: - Strings

extension JSONMemberScanner {
  /// Steps over what is left of a string up to `end`.
  ///
  /// - Returns: false if it goes on there.
  @inline(__always)
  private mutating func skipString(
    _ document: UnsafeRawBufferPointer, _ end: Int
  ) throws(JSONError) -> Bool {
    while true {
      guard position < end else {
        guard position < document.count else { throw failure("A string has no end") }
        return false
      }
      position = document.firstToEscape(from: position, to: end)
      guard position < end else { continue }
      switch document[position] {
      case UInt8(ascii: "\""):
        if let countedClass, expected == .restOfString { count(countedClass, document) }
        endString()
        return true
      case UInt8(ascii: "\\"): try skipEscape(document)
      default: throw failure("A string holds a control character")
      }
    }
  }

  @inline(__always)
  private mutating func endString() {
    if expected == .restOfKey {
      lastKey = lastKey.lowerBound..<position
      if open.isEmpty { key = key.lowerBound..<position }
      if watchesElements && open.isElement { elementKey = elementKey.lowerBound..<position }
      expected = .colon
    } else {
      expected = .separator
    }
    position += 1
  }

  /// At the end of a string that is a value.
  private mutating func count(_ strings: StringClass, _ document: UnsafeRawBufferPointer) {
    let length = position - stringStart
    guard length >= strings.minimumBytes, excludedDepth == 0,
      strings.contains(
        UnsafeRawBufferPointer(rebasing: document[stringStart..<position]),
        UnsafeRawBufferPointer(rebasing: document[lastKey]))
    else { return }
    counted.count += 1
    counted.bytes += length
  }

  private mutating func skipEscape(_ document: UnsafeRawBufferPointer) throws(JSONError) {
    guard position + 1 < document.count else { throw failure("A string has no end") }
    switch document[position + 1] {
    case UInt8(ascii: "u"):
      guard position + 6 <= document.count else { throw failure("A string has no end") }
      for digit in document[position + 2..<position + 6] where Hexadecimal.value(of: digit) == nil {
        throw failure("An escape in a string is malformed")
      }
      position += 6
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    default: throw failure("An escape in a string is malformed")
    }
  }

  @inline(__always)
  private mutating func skipWhiteSpace(_ document: UnsafeRawBufferPointer, _ end: Int) {
    while position < end {
      let byte = document[position]
      guard byte <= UInt8(ascii: " "), ASCII.isWhiteSpace(byte) else { return }
      position += 1
    }
  }

  private func failure(_ message: StaticString) -> JSONError {
    JSONError(message: "\(message)", offset: position)
  }
}
