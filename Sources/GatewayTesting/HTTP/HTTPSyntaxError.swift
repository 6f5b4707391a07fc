/// A message that breaks RFC 9112. The kit is strict: what it is sent comes from a gateway that must be right.
public enum HTTPSyntaxError: Error, Equatable {
  case badStartLine(String)
  case badHeader(String)
  case headTooLong(limit: Int)
  /// No number, or several lengths.
  case badContentLength([String])
  /// `Content-Length` beside `Transfer-Encoding` (RFC 9112, 6.3).
  case lengthBesideTransferEncoding
  case unknownTransferEncoding(String)
  case badChunkSize(String)
  /// The data of a chunk is not followed by CRLF.
  case badChunkEnd
  /// The connection ended inside a message.
  case truncated
}
