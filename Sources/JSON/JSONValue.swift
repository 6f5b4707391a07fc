import CSimdJSON

/// A value of a parsed document: a view of its reader's buffers, three words wide, copied freely.
///
/// It cannot outlive the closure that it was lent to (`~Escapable`): take a `String`, `Int` and so on out of it.
/// An accessor of another type than the value's returns `nil`.
public struct JSONValue: ~Escapable {
  let raw: csimdjson_value
  /// Not counted, as values are copied often: the value's own lifetime ends with the reader's loan.
  private unowned(unsafe) let reader: JSONReader

  @_lifetime(borrow reader)
  init(_ raw: csimdjson_value, of reader: borrowing JSONReader) {
    self.raw = raw
    self.reader = copy reader
  }

  @_lifetime(copy parent)
  init(_ raw: csimdjson_value, in parent: JSONValue) {
    self.raw = raw
    reader = parent.reader
  }

  /// What kind of value it is.
  public var kind: JSONKind {
    switch Int(csimdjson_type(raw)) {
    case CSIMDJSON_OBJECT: .object
    case CSIMDJSON_ARRAY: .array
    case CSIMDJSON_STRING: .string
    case CSIMDJSON_BOOL: .boolean
    case CSIMDJSON_NULL: .null
    default: .number
    }
  }

  /// Whether it is `null`.
  public var isNull: Bool { csimdjson_type(raw) == CSIMDJSON_NULL }

  /// The value of `true` and `false`; nil for any other.
  public var bool: Bool? { kind == .boolean ? csimdjson_bool(raw) : nil }

  /// A copy of the string. See `withUTF8` for one without a copy.
  public var string: String? {
    withUTF8 { String(decoding: $0, as: UTF8.self) }
  }

  /// Lends the string's bytes, which are valid UTF-8 without escapes; `nil` when it is no string.
  public func withUTF8<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    let bytes = csimdjson_string(raw)
    guard let start = bytes.start else { return nil }
    return try body(UnsafeRawBufferPointer(start: start, count: bytes.count))
  }

  /// A number without a fraction that fits an `Int`. `5.0` and `5e0` are the integer 5, as JSON has one type of
  /// number, up to 2^53, where doubles stop telling neighbours apart.
  public var int: Int? {
    var integer: Int64 = 0
    if csimdjson_int64(raw, &integer) { return Int(integer) }
    guard isDouble, let double, abs(double) <= 0x1p53 else { return nil }
    return Int(exactly: double)
  }

  /// Whether the number was written with a fraction or an exponent, or is a large one.
  var isDouble: Bool { csimdjson_type(raw) == CSIMDJSON_DOUBLE }

  /// A number that is not negative, without a fraction, in 64 bits.
  public var unsigned: UInt64? {
    var integer: UInt64 = 0
    if csimdjson_uint64(raw, &integer) { return integer }
    return int.flatMap(UInt64.init(exactly:))
  }

  /// The text of a number that 64 bits or a double may not hold.
  var textOfLargeNumber: UnsafeRawBufferPointer? { reader.textOfLargeNumber(raw) }

  /// Any number, rounded to a double where it must be; `nil` for one beyond all doubles.
  public var double: Double? {
    if let text = textOfLargeNumber {
      return Double(String(decoding: text, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }
    var number = 0.0
    return csimdjson_double(raw, &number) ? number : nil
  }
}
