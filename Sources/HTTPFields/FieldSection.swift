internal import Bytes

/// The header fields of a message in the order in which they came, repeated names included (RFC 9110 section 5.3).
///
/// All of them lie in one piece of memory: reading, choosing and passing on fields allocates nothing for each of them, and
/// bytes that are no UTF-8 pass unchanged. As a sequence it makes Strings, for where that does not matter.
///
/// `@unchecked Sendable`: the memory is changed only where nobody else refers to it, as an Array's is.
public struct FieldSection: @unchecked Sendable {
  /// One field after the other: the sizes of name and value in four bytes each, the name, a NUL, the value, a NUL.
  @usableFromInline var memory: FieldMemory?
  /// Bytes of `memory` that are taken.
  @usableFromInline var size = 0
  /// How many fields there are.
  public private(set) var count = 0
  /// Those of the fields: see ``mark(length:first:)``. Most names that are looked for have one that no field has.
  private(set) var marks: UInt64 = 0

  /// Bytes of a field beside its name and value.
  @usableFromInline static let overhead = 10

  /// An empty one, which has no memory.
  public init() {}

  /// - Parameters:
  ///   - count: fields that are expected.
  ///   - size: bytes of their names and values.
  public init(reservingCapacity count: Int, bytes size: Int) {
    memory = FieldMemory.make(capacity: size + FieldSection.overhead * count)
  }

  /// Bytes of all names and values.
  public var byteCount: Int { size - FieldSection.overhead * count }

  /// Calls `body` with each field, in order.
  @inlinable
  public func withEachField<Failure: Error>(_ body: (Field) throws(Failure) -> Void) throws(Failure) {
    guard let memory else { return }
    let start = memory.bytes
    // The memory must outlive the pointer into it.
    defer { withExtendedLifetime(memory) {} }
    var place = 0
    while place < size {
      let field = Field(start + place)
      try body(field)
      place += field.name.count + field.value.count + FieldSection.overhead
    }
  }

  /// Calls `body` with the first field of this name; `name` in lower case.
  @inlinable
  @discardableResult
  public func withFirst<Result>(_ name: StaticString, _ body: (Field) -> Result?) -> Result? {
    guard let memory, let place = place(of: name) else { return nil }
    defer { withExtendedLifetime(memory) {} }
    return body(Field(memory.bytes + place))
  }

  /// Where the first field of this name begins; most of those before it differ in the name's size already.
  @usableFromInline
  func place(of name: StaticString) -> Int? {
    let wantedSize = name.utf8CodeUnitCount
    guard let memory, marks & FieldSection.mark(length: wantedSize, first: name.utf8Start.pointee) != 0 else {
      return nil
    }
    defer { withExtendedLifetime(memory) {} }
    let start = memory.bytes
    var place = 0
    while place < size {
      let nameSize = Int((start + place).loadUnaligned(as: UInt32.self))
      let valueSize = Int((start + place).loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      if nameSize == wantedSize && Field(start + place).isNamed(name) { return place }
      place += nameSize + valueSize + FieldSection.overhead
    }
    return nil
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? {
    withFirst(name) { String(decoding: $0.value, as: UTF8.self) }
  }

  /// Whether there is a field of this name; `name` in lower case.
  public func contains(_ name: StaticString) -> Bool { place(of: name) != nil }

  /// Adds a field; name and value have at most 4 GiB each.
  public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    let place = makeRoom(for: FieldSection.overhead + name.count + value.count)
    place.storeBytes(of: UInt32(name.count), as: UInt32.self)
    place.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
    FieldSection.copy(name, to: place + 8)
    FieldSection.copy(value, to: place + 9 + name.count)
    count += 1
    marks |= FieldSection.mark(length: name.count, first: name.first ?? 0)
  }

  /// A bit for a name's length and its first letter in any case: names of two bits differ.
  @inline(__always)
  static func mark(length: Int, first: UInt8) -> UInt64 {
    1 << UInt64((7 &* length &+ Int(ASCII.lowercased(first))) & 63)
  }

  /// Takes so many bytes at the end, in memory that nobody else refers to.
  @inline(__always)
  private mutating func makeRoom(for count: Int) -> UnsafeMutableRawPointer {
    let start = size
    size += count
    if isKnownUniquelyReferenced(&memory), let memory, memory.header >= size { return memory.bytes + start }
    return grow(from: start)
  }

  private mutating func grow(from start: Int) -> UnsafeMutableRawPointer {
    let larger = FieldMemory.make(capacity: Swift.max(size, 2 * start, 128))
    if let memory, start > 0 { larger.bytes.copyMemory(from: memory.bytes, byteCount: start) }
    memory = larger
    return larger.bytes + start
  }

  /// Copies `text` and sets a NUL behind it.
  private static func copy(_ text: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
    if let source = text.baseAddress { place.copyMemory(from: source, byteCount: text.count) }
    place.storeBytes(of: 0, toByteOffset: text.count, as: UInt8.self)
  }

  /// Puts a copy of a field of another section at the end.
  public mutating func append(_ field: Field) { append(name: field.name, value: field.value) }

  /// Puts a field at the end.
  public mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
    append(name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value: value)
  }

  /// Puts a field at the end.
  public mutating func append(_ name: StaticString, _ value: String) {
    var value = value
    value.withUTF8 { append(name, UnsafeRawBufferPointer($0)) }
  }

  /// Puts a field at the end.
  public mutating func append(_ field: HTTPField) {
    var (name, value) = field
    name.withUTF8 { name in
      value.withUTF8 { append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
    }
  }

  /// Puts the fields at the end, in their order.
  public mutating func append(contentsOf fields: some Sequence<HTTPField>) {
    for field in fields { append(field) }
  }
}

extension FieldSection {
  /// A field where it lies in its section's memory, valid during the call that shows it. After the name and after the
  /// value stands a NUL: both are C strings as well.
  public struct Field {
    /// As it came, in any case.
    public let name: UnsafeRawBufferPointer
    /// Without the white space around it.
    public let value: UnsafeRawBufferPointer

    @inlinable
    init(_ place: UnsafeRawPointer) {
      let nameSize = Int(place.loadUnaligned(as: UInt32.self))
      let valueSize = Int(place.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      name = UnsafeRawBufferPointer(start: place + 8, count: nameSize)
      value = UnsafeRawBufferPointer(start: place + 9 + nameSize, count: valueSize)
    }

    /// Whether this is the field's name; `name` in lower case.
    @inlinable
    public func isNamed(_ name: StaticString) -> Bool {
      self.name.count == name.utf8CodeUnitCount && FieldSection.begins(self.name, with: name)
    }

    /// Whether the field's name begins so; `prefix` in lower case, and with a letter: most names differ in that already.
    @inlinable
    public func hasNamePrefix(_ prefix: StaticString) -> Bool {
      guard name.count >= prefix.utf8CodeUnitCount, let first = name.first,
        first | 0x20 == prefix.utf8Start.pointee
      else { return false }
      return FieldSection.begins(name, with: prefix)
    }

    /// Whether the value is this token, in any case; `token` in lower case.
    @inlinable
    public func isValue(_ token: StaticString) -> Bool {
      value.count == token.utf8CodeUnitCount && FieldSection.begins(value, with: token)
    }
  }

  /// Whether `bytes`, which are not fewer, begin with `letters` in any case. By words: this is where most of the work on
  /// fields is.
  @usableFromInline
  static func begins(_ bytes: UnsafeRawBufferPointer, with letters: StaticString) -> Bool {
    let count = letters.utf8CodeUnitCount
    let wanted = UnsafeRawPointer(letters.utf8Start)
    guard let found = bytes.baseAddress else { return true }
    if count >= 8 { return begins(found, with: wanted, count, by: UInt64.self) }
    if count >= 4 { return begins(found, with: wanted, count, by: UInt32.self) }
    return begins(found, with: wanted, count, by: UInt8.self)
  }

  /// There is one word at least; the last may be looked at twice in part.
  @inline(__always)
  private static func begins<Word: FixedWidthInteger & BitwiseCopyable>(
    _ found: UnsafeRawPointer, with wanted: UnsafeRawPointer, _ count: Int, by word: Word.Type
  ) -> Bool {
    let size = Word.bitWidth / 8
    var index = 0
    while index < count {
      let place = Swift.min(index, count - size)
      let letters = UInt64(truncatingIfNeeded: (found + place).loadUnaligned(as: Word.self))
      guard lowercase(letters) == UInt64(truncatingIfNeeded: (wanted + place).loadUnaligned(as: Word.self))
      else { return false }
      index += size
    }
    return true
  }

  /// Eight bytes with the ASCII letters among them in lower case. A byte's top bit tells of the seven others by a carry:
  /// whether they are at least an A, and whether they are past a Z.
  @inline(__always)
  private static func lowercase(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (ones &* 0x7f)
    let fromA = low &+ ones &* (0x80 - 0x41)
    let pastZ = low &+ ones &* (0x80 - 0x5b)
    let capitals = (fromA ^ pastZ) & ~word & (ones &* 0x80)
    return word | capitals >> 2
  }
}

extension FieldSection: Sequence {
  /// The fields as Strings.
  public func makeIterator() -> [HTTPField].Iterator {
    var fields: [HTTPField] = []
    fields.reserveCapacity(count)
    withEachField { field in
      let value = String(decoding: field.value, as: UTF8.self)
      fields.append((String(decoding: field.name, as: UTF8.self), value))
    }
    return fields.makeIterator()
  }
}

extension FieldSection: ExpressibleByArrayLiteral {
  /// A section of these fields, in their order.
  public init(_ fields: some Sequence<HTTPField>) {
    append(contentsOf: fields)
  }

  /// A section of these fields, in their order.
  public init(arrayLiteral fields: HTTPField...) {
    self.init(fields)
  }
}
