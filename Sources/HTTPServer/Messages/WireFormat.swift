internal import Bytes
internal import HTTPFields

/// Responses in HTTP/1.1's own bytes (RFC 9112 section 4), for where libmicrohttpd takes none.
enum WireFormat {
  /// A whole response after which the connection closes.
  static func closingResponse(_ response: ServerResponse) -> [UInt8] {
    guard let content = response.wholeContent else {
      preconditionFailure("only whole responses are written at once")
    }
    var length: Int? = content.count
    if case .head(let told) = response.body { length = told }
    var text = "HTTP/1.1 \(response.status) \(HTTPStatus.reasonPhrase(of: response.status))\r\n"
    for field in response.fields where !hasLineEnd(field.name) && !hasLineEnd(field.value) {
      text += "\(field.name): \(field.value)\r\n"
    }
    if let length { text += "Content-Length: \(length)\r\n" }
    text += "Connection: close\r\n\r\n"
    return Array(text.utf8) + content
  }

  /// One chunk of chunked content (RFC 9112 section 7.1). `content` must not be empty: that would be the last chunk.
  static func appendChunk(_ content: UnsafeRawBufferPointer, to queue: inout ByteQueue) {
    // At most 16 digits, CR and LF.
    withUnsafeTemporaryAllocation(byteCount: 18, alignment: 1) { line in
      var start = line.count - 2
      line[start] = 0x0d
      line[start + 1] = 0x0a
      var size = content.count
      repeat {
        start -= 1
        line[start] = Hexadecimal.digit(UInt8(truncatingIfNeeded: size) & 15)
        size >>= 4
      } while size > 0
      queue.append(UnsafeRawBufferPointer(rebasing: line[start...]))
      queue.append(content)
      queue.append(UnsafeRawBufferPointer(rebasing: line[(line.count - 2)...]))
    }
  }

  /// Whether a field would end its line early: it is left out, as libmicrohttpd does.
  private static func hasLineEnd(_ text: String) -> Bool {
    text.utf8.contains { $0 == 0x0d || $0 == 0x0a || $0 == 0 }
  }
}
