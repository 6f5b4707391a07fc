import CSimdJSON

/// Parses JSON documents with simdjson, one at a time, into buffers that it keeps for the next.
///
/// Not `Sendable`: one reader belongs to one loop. It accepts RFC 8259 and nothing more: UTF-8 is checked, numbers
/// must fit 64 bits, lone surrogates and trailing bytes are refused.
public final class JSONReader {
  /// The largest document in bytes; a larger one is refused before it is looked at.
  public let maximumBytes: Int

  /// The buffers are given back after a document larger than this, in bytes. They take up to 15 times their
  /// document's size, which an idle worker must not hold for ever.
  public let keptBytes: Int

  private let handle: OpaquePointer
  private var isReading = false

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
    var root = csimdjson_value()
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let code = csimdjson_reader_parse(handle, start, bytes.count, &root)
    guard code == 0 else {
      csimdjson_reader_trim(handle, keptBytes)
      throw JSONError(message: String(cString: csimdjson_error_message(code)))
    }
    isReading = true
    return root
  }

  private func finish() {
    isReading = false
    csimdjson_reader_trim(handle, keptBytes)
  }
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
