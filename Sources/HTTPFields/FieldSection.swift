/// The header fields of a message in the order in which they came, repeated names included (RFC 9110 section 5.3).
///
/// All of them lie in one piece of memory: reading, choosing and passing on fields allocates nothing for each of them, and
/// bytes that are no UTF-8 pass unchanged. As a collection it makes Strings, for where that does not matter.
public struct FieldSection: Sendable {
  /// Where a field lies: its name, a NUL, its value, a NUL.
  struct Place: Sendable {
    var start: Int
    var nameSize: Int
    var valueSize: Int
  }

  private var text: [UInt8] = []
  private var places: [Place] = []

  public init() {}

  /// - Parameters:
  ///   - count: fields that are expected.
  ///   - size: bytes of their names and values.
  public init(reservingCapacity count: Int, bytes size: Int) {
    places.reserveCapacity(count)
    text.reserveCapacity(size + 2 * count)
  }

  /// Bytes of all names and values, and two for each field.
  public var byteCount: Int { text.count }

  /// Calls `body` with each field, in order.
  public func withEachField<Failure: Error>(_ body: (Field) throws(Failure) -> Void) throws(Failure) {
    try text.withUnsafeBufferPointer { memory throws(Failure) in
      for place in places { try body(Field(UnsafeRawBufferPointer(memory), place)) }
    }
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? {
    withFirst(name) { String(decoding: $0.value, as: UTF8.self) }
  }

  /// Calls `body` with the first field of this name; `name` in lower case.
  @discardableResult
  public func withFirst<Result>(_ name: StaticString, _ body: (Field) -> Result?) -> Result? {
    let size = name.utf8CodeUnitCount
    return text.withUnsafeBytes { memory in
      for place in places where place.nameSize == size {
        let field = Field(memory, place)
        if field.isNamed(name) { return body(field) }
      }
      return nil
    }
  }

  /// Whether there is a field of this name; `name` in lower case.
  public func contains(_ name: StaticString) -> Bool { withFirst(name) { _ in true } ?? false }

  public mutating func append(_ field: Field) { append(name: field.name, value: field.value) }

  public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    places.append(Place(start: text.count, nameSize: name.count, valueSize: value.count))
    text.append(contentsOf: name)
    text.append(0)
    text.append(contentsOf: value)
    text.append(0)
  }

  public mutating func append(_ name: StaticString, _ value: String) {
    places.append(
      Place(start: text.count, nameSize: name.utf8CodeUnitCount, valueSize: value.utf8.count))
    text.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    text.append(0)
    text.append(contentsOf: value.utf8)
    text.append(0)
  }

  public mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
    append(name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value: value)
  }

  public mutating func append(_ field: HTTPField) {
    places.append(
      Place(start: text.count, nameSize: field.name.utf8.count, valueSize: field.value.utf8.count))
    text.append(contentsOf: field.name.utf8)
    text.append(0)
    text.append(contentsOf: field.value.utf8)
    text.append(0)
  }

  public mutating func append(contentsOf fields: some Sequence<HTTPField>) {
    for field in fields { append(field) }
  }
}

extension FieldSection {
  /// A field where it lies in its section's memory, valid during the call that shows it. After the name and after the
  /// value stands a NUL: both are C strings as well.
  public struct Field {
    public let name: UnsafeRawBufferPointer
    public let value: UnsafeRawBufferPointer

    fileprivate init(_ memory: UnsafeRawBufferPointer, _ place: Place) {
      let start = memory.baseAddress! + place.start
      name = UnsafeRawBufferPointer(start: start, count: place.nameSize)
      value = UnsafeRawBufferPointer(start: start + place.nameSize + 1, count: place.valueSize)
    }

    /// Whether this is the field's name; `name` in lower case.
    public func isNamed(_ name: StaticString) -> Bool {
      self.name.count == name.utf8CodeUnitCount && FieldSection.begins(self.name, with: name)
    }

    /// Whether the field's name begins so; `prefix` in lower case.
    public func hasNamePrefix(_ prefix: StaticString) -> Bool {
      name.count >= prefix.utf8CodeUnitCount && FieldSection.begins(name, with: prefix)
    }

    /// Whether the value is this token, in any case; `token` in lower case.
    public func isValue(_ token: StaticString) -> Bool {
      value.count == token.utf8CodeUnitCount && FieldSection.begins(value, with: token)
    }
  }

  /// Whether `bytes`, which are not fewer, begin with `letters` in any case.
  static func begins(_ bytes: UnsafeRawBufferPointer, with letters: StaticString) -> Bool {
    let wanted = letters.utf8Start
    guard let found = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return true }
    for index in 0..<letters.utf8CodeUnitCount
    where FieldNameSet.lowercase(found[index]) != wanted[index] { return false }
    return true
  }
}

extension FieldSection: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { places.count }

  public subscript(index: Int) -> HTTPField {
    text.withUnsafeBytes { memory in
      let field = Field(memory, places[index])
      return (String(decoding: field.name, as: UTF8.self), String(decoding: field.value, as: UTF8.self))
    }
  }
}

extension FieldSection: ExpressibleByArrayLiteral {
  public init(_ fields: some Sequence<HTTPField>) {
    append(contentsOf: fields)
  }

  public init(arrayLiteral fields: HTTPField...) {
    self.init(fields)
  }
}
