extension ServerResponse {
  /// The response as the client of a request with this method may have it: HEAD and some statuses have no content (RFC 9110
  /// section 6.4.1), whatever a handler has given. What its handler still writes to a stream is dropped.
  ///
  /// libmicrohttpd knows some of this as well, but ends a response of unknown length by the last chunk even where it leaves out
  /// the others, and the client would read that as the beginning of the next response.
  consuming func allowed(to method: String) -> ServerResponse {
    guard method == "HEAD" || ServerResponse.hasNoContent(status), !isUpgrade else { return self }
    drop()
    let length = length
    var response = self
    response.body =
      switch response.status {
      // The first has no length, the second one of 0.
      case 204, 205: .bytes([])
      default: .head(length: length)
      }
    return response
  }

  private static func hasNoContent(_ status: Int) -> Bool { status == 204 || status == 205 || status == 304 }

  /// What `Content-Length` says, if anything.
  private var length: Int? {
    switch body {
    // What has not changed has a length, and this is not it.
    case .bytes(let bytes): status == 304 && bytes.isEmpty ? nil : bytes.count
    case .stream(_, let length), .head(let length): length
    case .upgrade: nil
    }
  }

  /// What its exchange's states depend on.
  var kind: ExchangeStateMachine.ResponseKind {
    let isWhole =
      switch body {
      case .bytes, .head: true
      case .stream, .upgrade: false
      }
    return ExchangeStateMachine.ResponseKind(
      isError: status >= 400, isWhole: isWhole, closesConnection: closesConnection)
  }

  /// The content that can be sent at once: none of one that has none. Nil where it is written as it comes.
  var wholeContent: [UInt8]? {
    switch body {
    case .bytes(let bytes): bytes
    case .head: []
    case .stream, .upgrade: nil
    }
  }
}
