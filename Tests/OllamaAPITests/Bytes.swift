/// Lends a string's UTF-8.
func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
  try Array(text.utf8).withUnsafeBytes(body)
}

/// Every way to cut `bytes` into two pieces, and the ways into pieces of one and the same size up to `size`.
func splits(of bytes: [UInt8], upTo size: Int = 4) -> [[[UInt8]]] {
  var splits = (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
  for length in 1...size {
    splits.append(
      stride(from: 0, to: bytes.count, by: length).map { Array(bytes[$0..<min($0 + length, bytes.count)]) })
  }
  return splits
}
