/// What takes the place of a parameter of a statement.
enum SQLiteValue {
  case null
  case integer(Int64)
  case text(String)
  /// A text as its bytes of UTF-8.
  case utf8([UInt8])
  case bytes([UInt8])

  static func integer(_ number: Int) -> SQLiteValue { .integer(Int64(number)) }

  /// NULL for nil.
  static func optional(_ number: Int?) -> SQLiteValue { number.map { .integer($0) } ?? .null }

  /// NULL for nil.
  static func optional(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }
}
