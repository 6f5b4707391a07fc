/// The head of a request as its client has sent it. It is sound: see ``RequestValidation``.
struct RequestHead {
  let request: ServerRequest
  /// Bytes from the method to the empty line at the end.
  let size: Int
  /// Bytes of an empty line before it, which RFC 9112 section 2.2 lets pass.
  let start: Int
  /// Bytes of libmicrohttpd's memory for the connection that it takes, about.
  let memory: Int
}
