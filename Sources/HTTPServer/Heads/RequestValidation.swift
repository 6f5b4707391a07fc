internal import Bytes
internal import HTTPFields

/// Refuses what libmicrohttpd lets pass and a gateway must not: heads that the next server might read in another way
/// (request smuggling), and targets that mean something else once they are decoded.
enum RequestValidation {
  /// - Returns: why the request is refused, and with which status; nil if it is sound. The connection must be
  ///   closed after a refusal: where the next request begins is not certain.
  static func refusal(of request: ServerRequest) -> Refusal? {
    guard isToken(request.method) else { return Refusal(400, "the method is not a token") }
    return fieldsRefusal(of: request) ?? targetRefusal(of: request)
  }

  /// For a head that is not lines of a name, a colon and a value each: see ``RequestHeadParser``.
  static let brokenHead = Refusal(
    400,
    "the header has a NUL, a folded line, a line without CRLF, a field without a name or stray white space")

  /// RFC 9112 sections 3.2 (Host), 5.1 (field names), 6.1 and 6.3 (framing).
  private static func fieldsRefusal(of request: ServerRequest) -> Refusal? {
    var hosts = 0
    var lengths = 0
    var encodings = 0
    var refusal: Refusal?
    request.fields.withEachField { field in
      if !isToken(field.name) {
        refusal = refusal ?? Refusal(400, "a header field's name is not a token")
      } else if !field.value.isFieldValue {
        let name = String(decoding: field.name, as: UTF8.self)
        refusal = refusal ?? Refusal(400, "the header field \(name) has a control character")
      } else if field.isNamed("host") {
        hosts += 1
      } else if field.isNamed("content-length") {
        lengths += 1
        if field.value.decimal == nil { refusal = refusal ?? Refusal(400, "Content-Length is not a number") }
      } else if field.isNamed("transfer-encoding") {
        encodings += 1
        if !field.isValue("chunked") {
          refusal = refusal ?? Refusal(501, "the only Transfer-Encoding taken is chunked")
        }
      }
    }
    if let refusal { return refusal }
    if hosts > 1 { return Refusal(400, "more than one Host") }
    if hosts == 0 && request.version == .http1_1 { return Refusal(400, "no Host") }
    if lengths > 1 { return Refusal(400, "more than one Content-Length") }
    if encodings > 1 { return Refusal(400, "more than one Transfer-Encoding") }
    if encodings == 1 && lengths == 1 { return Refusal(400, "Content-Length beside Transfer-Encoding") }
    if encodings == 1 && request.version == .http1_0 {
      return Refusal(400, "Transfer-Encoding in an HTTP/1.0 request")
    }
    return nil
  }

  /// RFC 9112 section 3.2.1: a path that begins with a slash. `OPTIONS *` is the one exception.
  private static func targetRefusal(of request: ServerRequest) -> Refusal? {
    var target = request.target
    if target == "*" && request.method == "OPTIONS" { return nil }
    var mayHaveDotSegment = false
    let refusal: Refusal? = target.withUTF8 { bytes in
      guard bytes.first == UInt8(ascii: "/") else { return Refusal(400, "the target is not a path") }
      for byte in bytes {
        if byte <= 0x20 || byte == 0x7f || byte == UInt8(ascii: "#") {
          return Refusal(400, "the target has a character that must be escaped")
        }
        if byte == UInt8(ascii: "%") || byte == UInt8(ascii: ".") { mayHaveDotSegment = true }
      }
      return nil
    }
    return refusal ?? (mayHaveDotSegment ? pathRefusal(of: request) : nil)
  }

  private static func pathRefusal(of request: ServerRequest) -> Refusal? {
    guard let path = PercentEncoding.decode(request.escapedPath) else {
      return Refusal(400, "the path is not escaped properly")
    }
    return hasDotSegment(path) ? Refusal(400, "the path has a dot segment") : nil
  }

  /// RFC 3986 section 3.3: whether a segment is `.` or `..`.
  private static func hasDotSegment(_ path: String) -> Bool {
    var length = 0
    var dots = 0
    for byte in path.utf8 {
      if byte == UInt8(ascii: "/") {
        if length > 0 && length <= 2 && dots == length { return true }
        (length, dots) = (0, 0)
      } else {
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
      }
    }
    return length > 0 && length <= 2 && dots == length
  }

  /// RFC 9110 section 5.6.2.
  static func isToken(_ text: String) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { isToken(UnsafeRawBufferPointer($0)) } ?? false
  }

  private static func isToken(_ text: UnsafeRawBufferPointer) -> Bool {
    !text.isEmpty && text.allSatisfy(ASCII.isTokenCharacter)
  }

  /// A request that is not served.
  struct Refusal: Error, Equatable {
    let status: Int
    let detail: String

    init(_ status: Int, _ detail: String) {
      self.status = status
      self.detail = detail
    }
  }
}
