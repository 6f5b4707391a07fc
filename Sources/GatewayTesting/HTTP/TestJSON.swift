import FoundationEssentials

/// A JSON document as a test reads it: `json["choices"][0]["message"]["content"] == "Hello"`.
///
/// What is not there reads as ``null``; ``keys`` and ``count`` tell the difference.
public enum TestJSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([TestJSON])
  case object([String: TestJSON])

  /// - Throws: `DecodingError` if the bytes are not one JSON document.
  public init(_ bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(TestJSON.self, from: Data(bytes))
  }

  /// - Throws: `DecodingError` if the text is not one JSON document.
  public init(_ text: String) throws {
    try self.init(Array(text.utf8))
  }

  /// A member; null where there is none.
  public subscript(key: String) -> TestJSON {
    if case .object(let members) = self { members[key] ?? .null } else { .null }
  }

  /// An element; null where there is none.
  public subscript(index: Int) -> TestJSON {
    if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { .null }
  }

  /// The string; nil for anything else.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The truth value; nil for anything else.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The number; nil for anything else.
  public var number: Double? { if case .number(let value) = self { value } else { nil } }
  /// The number, if it is a whole one.
  public var int: Int? { number.flatMap { Int(exactly: $0) } }
  /// The elements of an array; none for anything else.
  public var array: [TestJSON] { if case .array(let elements) = self { elements } else { [] } }
  /// The keys of an object, sorted; none for anything else.
  public var keys: [String] { if case .object(let members) = self { members.keys.sorted() } else { [] } }
  /// The number of elements or members.
  public var count: Int {
    switch self {
    case .array(let elements): elements.count
    case .object(let members): members.count
    default: 0
    }
  }
}

extension TestJSON: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let elements = try? container.decode([TestJSON].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: TestJSON].self))
    }
  }
}

extension TestJSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(nilLiteral: ()) { self = .null }
}
