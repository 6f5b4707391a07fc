import CSimdJSON

/// Parses JSON documents with simdjson, one at a time, into buffers that it keeps for the next.
///
/// Not `Sendable`: one reader belongs to one loop. It accepts RFC 8259, and beyond it what Go's `encoding/json` does, as
/// Ollama reads with that: bad UTF-8 and half characters are U+FFFD, numbers have any size, and what stands behind the
/// first value is nothing (`JSONRepair`).
public final class JSONReader {
  /// The largest document in bytes; a larger one is refused before it is looked at.
  public let maximumBytes: Int

  /// The buffers are given back after a document larger than this, in bytes. They take up to 15 times their
  /// document's size, which an idle worker must not hold for ever.
  public let keptBytes: Int

  private let handle: OpaquePointer
  private var isReading = false

  /// The document being read.
  private var document = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Its numbers that simdjson does not take, by their position on the tape.
  private var largeNumbers: [JSONRepair.LargeNumber] = []

  /// - Parameters:
  ///   - maximumBytes: the bound on one document, at most 4 GiB.
  ///   - maximumDepth: the bound on nested arrays and objects.
  ///   - keptBytes: the size of document whose buffers are kept.
  public init(maximumBytes: Int, maximumDepth: Int = 256, keptBytes: Int = 256 * 1024) {
    precondition(maximumBytes > 0 && maximumDepth > 0, "a reader that can read nothing")
    guard let handle = csimdjson_reader_create(maximumBytes, maximumDepth) else {
      fatalError("out of memory for a JSON reader")
    }
    self.handle = handle
    self.maximumBytes = maximumBytes
    self.keptBytes = keptBytes
  }

  deinit {
    csimdjson_reader_destroy(handle)
  }

  /// The size in bytes of the document that the buffers held now would fit.
  public var bufferedBytes: Int { csimdjson_reader_capacity(handle) }

  /// Parses `bytes` and lends its root to `body`. The root and all that comes from it end with `body`, and the
  /// compiler sees to that. `bytes` are copied: they need no padding.
  ///
  /// - Throws: `Failure(malformed:)` for a bad document, and what `body` throws.
  public func withDocument<Result, Failure: JSONDecodingError>(
    _ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let root: csimdjson_value
    do {
      root = try parse(bytes)
    } catch {
      throw Failure(malformed: error)
    }
    defer { finish() }
    return try body(JSONValue(root, of: self))
  }

  /// The same for a `body` that cannot fail.
  public func withDocument<Result>(
    _ bytes: UnsafeRawBufferPointer, _ body: (JSONValue) -> Result
  ) throws(JSONError) -> Result {
    let root = try parse(bytes)
    defer { finish() }
    return body(JSONValue(root, of: self))
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> csimdjson_value {
    precondition(!isReading, "a document inside a document of the same reader")
    guard bytes.count <= maximumBytes else {
      throw JSONError(message: "The document is larger than \(maximumBytes) bytes")
    }
    // Newer versions of simdjson skip it, Go does not.
    guard bytes.count < 3 || bytes[0] != 0xEF || bytes[1] != 0xBB || bytes[2] != 0xBF else {
      throw JSONError(message: "The document begins with a byte order mark")
    }
    var root = csimdjson_value()
    var code = parse(bytes, &root)
    if code != 0, let repair = JSONRepair(bytes) {
      code = repair.bytes.withUnsafeBytes { parse($0, &root) }
      if code == 0 { largeNumbers = repair.numbers }
    }
    guard code == 0 else {
      csimdjson_reader_trim(handle, keptBytes)
      throw JSONError(message: String(cString: csimdjson_error_message(code)))
    }
    document = bytes
    isReading = true
    return root
  }

  /// - Returns: simdjson's error code; 0 for none.
  private func parse(_ bytes: UnsafeRawBufferPointer, _ root: inout csimdjson_value) -> CInt {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return csimdjson_reader_parse(handle, start, bytes.count, &root)
  }

  private func finish() {
    isReading = false
    document = UnsafeRawBufferPointer(start: nil, count: 0)
    largeNumbers = []
    csimdjson_reader_trim(handle, keptBytes)
  }

  /// The text of a number that simdjson does not take; `nil` for any other value.
  func textOfLargeNumber(_ value: csimdjson_value) -> UnsafeRawBufferPointer? {
    guard !largeNumbers.isEmpty else { return nil }
    let position = csimdjson_position(value)
    var range = largeNumbers[...]
    while let middle = range.indices.middle, range[middle].position != position {
      range = range[middle].position < position ? range[(middle + 1)...] : range[..<middle]
    }
    guard let middle = range.indices.middle else { return nil }
    return UnsafeRawBufferPointer(rebasing: document[range[middle].text])
  }
}

extension Range<Int> {
  fileprivate var middle: Int? { isEmpty ? nil : lowerBound + (upperBound - lowerBound) / 2 }
}

extension JSONReader {
  /// Parses a string's UTF-8; for configuration and tests rather than for traffic.
  public func withDocument<Result, Failure: JSONDecodingError>(
    _ text: String, _ body: (JSONValue) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // `withUnsafeBytes` passes on untyped errors only, hence the detour.
    let outcome = Array(text.utf8).withUnsafeBytes { bytes in
      Swift.Result { () throws(Failure) in try withDocument(bytes, body) }
    }
    return try outcome.get()
  }

  /// The same for a `body` that cannot fail.
  public func withDocument<Result>(
    _ text: String, _ body: (JSONValue) -> Result
  ) throws(JSONError) -> Result {
    try withDocument(text) { (root) throws(JSONError) in body(root) }
  }
}
