/// A value of a command, as PostgreSQL's binary format has it.
struct Parameter: Sendable {
  /// Nil is NULL.
  let bytes: [UInt8]?

  static let null = Parameter(bytes: nil)

  init(bytes: [UInt8]?) { self.bytes = bytes }

  /// A bigint.
  init(_ number: Int?) {
    bytes = number.map { number in withUnsafeBytes(of: Int64(number).bigEndian) { Array($0) } }
  }

  /// A text; U+0000, of which PostgreSQL has none, becomes U+FFFD.
  init(_ text: String?) {
    bytes = text.map { text in
      guard text.utf8.contains(0) else { return Array(text.utf8) }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count + 2)
      for byte in text.utf8 {
        if byte == 0 { bytes += [0xEF, 0xBF, 0xBD] } else { bytes.append(byte) }
      }
      return bytes
    }
  }

  /// An array of bytea.
  init(byteStrings: [[UInt8]]) { self.init(array: byteStrings, ofType: 17) }

  /// An array of texts, as bytes.
  init(texts: [String]) {
    self.init(array: texts.map { Parameter($0).bytes ?? [] }, ofType: 25)
  }

  /// An array of bigints.
  init(numbers: [Int]) { self.init(array: numbers.map { Parameter($0).bytes ?? [] }, ofType: 20) }

  /// An array of values, of which nil is NULL.
  ///
  /// - Parameter type: the elements' object identifier in `pg_type`.
  init(array: [[UInt8]?], ofType type: Int32) {
    var bytes: [UInt8] = []
    func put(_ number: Int) {
      bytes += withUnsafeBytes(of: Int32(clamping: number).bigEndian) { Array($0) }
    }
    // Dimensions, whether there are nulls, the type; of each dimension its length and its first index.
    put(array.isEmpty ? 0 : 1)
    put(array.contains { $0 == nil } ? 1 : 0)
    put(Int(type))
    if !array.isEmpty {
      put(array.count)
      put(1)
    }
    for element in array {
      put(element?.count ?? -1)
      bytes += element ?? []
    }
    self.bytes = bytes
  }
}
