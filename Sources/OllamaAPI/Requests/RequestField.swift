/// A member of a request that the gateway reads, by its key as Go takes it.
enum RequestField: Equatable {
  case model, stream, keepAlive

  /// - Parameter key: as it stands in the document, still escaped.
  init?(key: UnsafeRawBufferPointer) {
    // Ten letters are the longest, and six bytes the longest way to write one.
    guard key.count >= 5, key.count <= 60 else { return nil }
    var letters = FoldedKey(key)
    let rest: StaticString
    // The first letter tells which it could be, and what does not agree ends the search: a body may be nothing but keys.
    switch letters.next() {
    case UInt8(ascii: "m"): (self, rest) = (.model, "odel")
    case UInt8(ascii: "s"): (self, rest) = (.stream, "tream")
    case UInt8(ascii: "k"): (self, rest) = (.keepAlive, "eep_alive")
    default: return nil
    }
    for letter in UnsafeBufferPointer(start: rest.utf8Start, count: rest.utf8CodeUnitCount) {
      guard letters.next() == letter else { return nil }
    }
    guard letters.isAtEnd else { return nil }
  }
}
