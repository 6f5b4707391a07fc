internal import Bytes
internal import JSON

/// The members of an object of JSON, read as strictly as what is signed must be: each name once at every depth, UTF-8 alone, no half
/// characters, and nothing behind it. Two readers of it cannot understand two things.
package struct StrictObject: Sendable {
  /// Objects and arrays within each other.
  private static let deepest = 16
  /// Members of one object.
  private static let mostMembers = 512

  private let text: [UInt8]
  private var members: [(name: String, value: Range<Int>)] = []

  /// Nil for what is none.
  package init?(_ text: [UInt8]) { self.init(text, depth: 0) }

  private init?(_ text: [UInt8], depth: Int) {
    self.text = text
    let members: [(name: String, value: Range<Int>)]? = text.withUnsafeBytes { document in
      guard document.isUTF8 else { return nil }
      return Self.members(of: document, depth: depth)
    }
    guard let members else { return nil }
    self.members = members
  }

  private static func members(
    of document: UnsafeRawBufferPointer, depth: Int
  ) -> [(name: String, value: Range<Int>)]? {
    guard let start = document.baseAddress else { return nil }
    var scanner = JSONMemberScanner()
    var members: [(name: String, value: Range<Int>)] = []
    var names: Set<[UInt8]> = []
    while true {
      guard let step = try? scanner.next(in: document) else { return nil }
      switch step {
      case .member(let member):
        guard members.count < mostMembers, let name = string(member.key), names.insert(name).inserted,
          isSound(member.value, depth: depth + 1), let place = member.value.baseAddress
        else { return nil }
        let begin = place - start
        members.append((String(decoding: name, as: UTF8.self), begin..<begin + member.value.count))
      case .end:
        return document[scanner.position...].allSatisfy(ASCII.isWhiteSpace) ? members : nil
      case .element, .pause: return nil
      }
    }
  }

  /// Whether a value is as strict in all its depths.
  private static func isSound(_ value: UnsafeRawBufferPointer, depth: Int) -> Bool {
    guard depth <= deepest else { return false }
    switch value.first {
    case UInt8(ascii: "{"): return members(of: value, depth: depth) != nil
    case UInt8(ascii: "["):
      for element in JSONElements(value) where !isSound(element, depth: depth + 1) { return false }
      return true
    case UInt8(ascii: "\""): return string(inside(value)) != nil
    default: return true
    }
  }

  private static func inside(_ string: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: string.dropFirst().dropLast())
  }

  /// A string's UTF-8; nil where an escape is half a character, which others than it would read as the same.
  private static func string(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
    var index = 0
    while let place = raw[index...].firstIndex(of: UInt8(ascii: "\\")) {
      index = place + 2
      guard let unit = JSONString.codeUnit(at: place, of: raw) else { continue }
      index = place + 6
      guard (0xD800...0xDFFF).contains(unit) else { continue }
      guard unit < 0xDC00, let second = JSONString.codeUnit(at: index, of: raw),
        (0xDC00...0xDFFF).contains(second)
      else { return nil }
      index += 6
    }
    return JSONString.unescaped(raw)
  }

  // MARK: Members

  /// Whether there is a member of this name.
  package func has(_ name: String) -> Bool { range(name) != nil }

  private func range(_ name: String) -> Range<Int>? {
    members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  private func withValue<Result>(_ name: String, _ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
    guard let range = range(name) else { return nil }
    return text.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// The text of a member that is a string.
  package func text(_ name: String) -> String? { withValue(name, Self.text(of:)) }

  private static func text(of value: UnsafeRawBufferPointer) -> String? {
    guard value.first == UInt8(ascii: "\""), let bytes = string(inside(value)) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The texts of a member that is a string or an array of nothing but strings.
  package func texts(_ name: String) -> [String]? {
    withValue(name) { value in
      if let text = Self.text(of: value) { return [text] }
      guard value.first == UInt8(ascii: "[") else { return nil }
      var texts: [String] = []
      for element in JSONElements(value) {
        guard let text = Self.text(of: element) else { return nil }
        texts.append(text)
      }
      return texts
    }
  }

  /// A member that is a number, rounded down; nil for one that is none or beyond ``latest``.
  package func seconds(_ name: String) -> Int64? {
    withValue(name) { value in
      guard value.count <= 32, let first = value.first, ASCII.isDigit(first) || first == UInt8(ascii: "-"),
        let number = Double(String(decoding: value, as: UTF8.self)), (0...Self.latest).contains(number)
      else { return nil }
      return Int64(number)
    }
  }

  /// The end of the year 9999, in seconds since 1970: later times are none, and each fits all that is counted with.
  static let latest = 253_402_300_799.0

  /// A whole number of 64 bits.
  package func integer(_ name: String) -> Int64? {
    withValue(name) { $0.count <= 20 ? Int64(String(decoding: $0, as: UTF8.self)) : nil }
  }

  /// `true` or `false`.
  package func flag(_ name: String) -> Bool? {
    withValue(name) { value in
      if value.elementsEqual("true".utf8) { return true }
      return value.elementsEqual("false".utf8) ? false : nil
    }
  }

  /// A member that is an object.
  package func object(_ name: String) -> StrictObject? {
    withValue(name) { StrictObject(Array($0)) }
  }

  /// The elements of a member that is an array: those that are objects; nil for another kind, and for more than `limit` elements.
  package func objects(_ name: String, limit: Int) -> [StrictObject]? {
    withValue(name) { value in
      guard value.first == UInt8(ascii: "[") else { return nil }
      var objects: [StrictObject] = []
      var count = 0
      for element in JSONElements(value) {
        count += 1
        guard count <= limit else { return nil }
        if let object = StrictObject(Array(element)) { objects.append(object) }
      }
      return objects
    }
  }
}
