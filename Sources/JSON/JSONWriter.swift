/// Writes JSON into one growing buffer, with no tree in between. It sets the commas; the caller sees to the shape.
///
/// ```swift
/// writer.object { writer in
///   writer.member("model", model)
///   writer.key("messages")
///   writer.array { … }
/// }
/// ```
public struct JSONWriter: Sendable {
  /// What was written so far: one document, or several with framing in between (`data: `, line ends).
  public private(set) var bytes: [UInt8] = []

  /// Whether the next key or element stands after another one.
  var followsValue = false

  /// - Parameter capacity: bytes that there is room for from the start.
  public init(reservingCapacity capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// Empties the buffer for the next document and keeps its memory, unless that has grown over `keptBytes`.
  public mutating func reset(keptBytes: Int = 256 * 1024) {
    bytes.removeAll(keepingCapacity: bytes.capacity <= keptBytes)
    followsValue = false
  }

  /// Empties the writer and hands out what it held.
  public mutating func take() -> [UInt8] {
    let taken = bytes
    bytes = []
    followsValue = false
    return taken
  }
}

// MARK: - Structure

extension JSONWriter {
  /// Begins an object, whose members follow.
  public mutating func beginObject() {
    beginValue()
    bytes.append(UInt8(ascii: "{"))
    followsValue = false
  }

  /// Ends the object that was begun last.
  public mutating func endObject() {
    bytes.append(UInt8(ascii: "}"))
    followsValue = true
  }

  /// Begins an array, whose elements follow.
  public mutating func beginArray() {
    beginValue()
    bytes.append(UInt8(ascii: "["))
    followsValue = false
  }

  /// Ends the array that was begun last.
  public mutating func endArray() {
    bytes.append(UInt8(ascii: "]"))
    followsValue = true
  }

  /// An object with the members that `content` writes.
  public mutating func object<Failure: Error>(
    _ content: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginObject()
    try content(&self)
    endObject()
  }

  /// An array with the elements that `content` writes.
  public mutating func array<Failure: Error>(
    _ content: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginArray()
    try content(&self)
    endArray()
  }

  /// A key known at compile time. It must need no escaping.
  public mutating func key(_ key: StaticString) {
    beginValue()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    followsValue = false
  }

  /// A key known at run time only, as UTF-8.
  public mutating func key(utf8 key: UnsafeRawBufferPointer) {
    beginValue()
    appendQuoted(key)
    bytes.append(UInt8(ascii: ":"))
    followsValue = false
  }

  /// Puts framing before, between or after documents, as it is. The next value is the first of its document.
  public mutating func framing(_ text: StaticString) {
    append(text)
    followsValue = false
  }

  /// The same for framing known at run time only.
  public mutating func framing(_ text: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: text)
    followsValue = false
  }

  /// Puts in a value that is JSON already, such as one written before.
  public mutating func value(json: some Collection<UInt8>) {
    beginValue()
    bytes.append(contentsOf: json)
    followsValue = true
  }

  /// Every value and key begins here: with the comma if it needs one.
  mutating func beginValue() {
    if followsValue { bytes.append(UInt8(ascii: ",")) }
    followsValue = true
  }

  mutating func append(_ byte: UInt8) {
    bytes.append(byte)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ run: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: run)
  }
}
