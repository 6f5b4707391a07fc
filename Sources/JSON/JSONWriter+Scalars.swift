internal import Bytes

extension JSONWriter {
  /// Writes a text, escaped where it must be.
  public mutating func string(_ text: String) {
    beginValue()
    var text = text
    text.withUTF8 { appendQuoted(UnsafeRawBufferPointer($0)) }
  }

  /// A string from its UTF-8, which must be valid.
  public mutating func string(utf8 text: UnsafeRawBufferPointer) {
    beginValue()
    appendQuoted(text)
  }

  /// Writes `true` or `false`.
  public mutating func bool(_ value: Bool) {
    beginValue()
    append(value ? "true" : "false")
  }

  /// Writes `null`.
  public mutating func null() {
    beginValue()
    append("null")
  }

  /// Writes a whole number.
  public mutating func integer(_ value: Int) {
    beginValue()
    if value < 0 { append(UInt8(ascii: "-")) }
    appendDecimal(UInt64(value.magnitude))
  }

  /// Writes a whole number.
  public mutating func integer(_ value: UInt64) {
    beginValue()
    appendDecimal(value)
  }

  /// A number with the fewest digits that read back as the same double. It must be finite: JSON has no other.
  public mutating func number(_ value: Double) {
    precondition(value.isFinite, "JSON has no infinity and no NaN")
    beginValue()
    var digits = value.description
    digits.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  private mutating func appendDecimal(_ magnitude: UInt64) {
    DecimalDigits.with(magnitude) { append($0) }
  }
}

// MARK: - Members

extension JSONWriter {
  /// Writes a member with a text.
  public mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    string(value)
  }

  /// Writes a member with a text, which is UTF-8.
  public mutating func member(_ name: StaticString, utf8 value: UnsafeRawBufferPointer) {
    key(name)
    string(utf8: value)
  }

  /// A string known at compile time.
  public mutating func member(_ name: StaticString, literal value: StaticString) {
    member(name, utf8: UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  /// Writes a member with a whole number.
  public mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    integer(value)
  }

  /// Writes a member with a whole number.
  public mutating func member(_ name: StaticString, _ value: UInt64) {
    key(name)
    integer(value)
  }

  /// Writes a member with a number.
  public mutating func member(_ name: StaticString, _ value: Double) {
    key(name)
    number(value)
  }

  /// Writes a member that is `true` or `false`.
  public mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bool(value)
  }
}
