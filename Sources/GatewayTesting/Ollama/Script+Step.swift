extension Script {
  /// A step of a ``Script``.
  public struct Step: Sendable {
    enum Action: Sendable {
      case send([UInt8])
      case pause(Duration)
      case `repeat`(count: Int, every: Duration, piece: @Sendable (Int) -> [UInt8])
      case flood([UInt8])
      case silence
      case close
      case reset
      case gate(String)
      case awaitBody
      case read(ReadPace)
      case finishResponse
      case awaitNextRequest
      case live(LiveResponse)
    }

    /// How fast the request's body is read.
    enum ReadPace: Sendable, Equatable {
      case full
      case stopped
      case slow(bytes: Int, every: Duration)
    }

    let action: Action
  }
}

// MARK: - Sending

extension Script.Step {
  /// Sends bytes as they are.
  public static func bytes(_ bytes: [UInt8]) -> Self { Self(action: .send(bytes)) }

  /// Sends text as it is.
  public static func text(_ text: String) -> Self { .bytes(Array(text.utf8)) }

  /// Sends a response head with its empty line. Nothing is added: give `Content-Length` or
  /// `Transfer-Encoding`, or end the body with ``close``.
  public static func head(_ status: Int, _ headers: TestHeaders = [:]) -> Self {
    .text("\(Script.statusLine(status))\(headers)\r\n")
  }

  /// Sends a whole response with a length in one piece, as Go does.
  public static func response(_ status: Int, _ headers: TestHeaders, _ body: [UInt8]) -> Self {
    var headers = headers
    headers.add("Content-Length", "\(body.count)")
    return .bytes(Array("\(Script.statusLine(status))\(headers)\r\n".utf8) + body)
  }

  /// Sends one chunk of a chunked body.
  public static func chunk(_ bytes: [UInt8]) -> Self { .bytes(Script.framed(bytes)) }

  /// Sends text as one chunk of a chunked body.
  public static func chunk(_ text: String) -> Self { .chunk(Array(text.utf8)) }

  /// Sends the last chunk, of size 0.
  public static var endChunks: Self { .text("0\r\n\r\n") }

  /// Sends `count` pieces (`Int.max`: for ever), the first at once and each further one `interval` after the one before.
  /// They keep their beat: a piece that was late does not make the next ones late.
  public static func `repeat`(
    _ count: Int, every interval: Duration, _ piece: @escaping @Sendable (Int) -> [UInt8]
  ) -> Self {
    Self(action: .repeat(count: count, every: interval, piece: piece))
  }

  /// As ``repeat(_:every:_:)``, each piece as a chunk of a chunked body.
  public static func repeatChunks(
    _ count: Int, every interval: Duration, _ piece: @escaping @Sendable (Int) -> String
  ) -> Self {
    .repeat(count, every: interval) { Script.framed(Array(piece($0).utf8)) }
  }

  /// Sends the pattern over and over, as fast as the peer takes it, until the peer leaves.
  public static func flood(_ pattern: [UInt8]) -> Self { Self(action: .flood(pattern)) }

  /// Sends the pattern as a chunk of a chunked body over and over, as fast as the peer takes it, until it leaves.
  public static func floodChunks(_ pattern: String) -> Self { .flood(Script.framed(Array(pattern.utf8))) }

  /// Lets a client go on that sent `Expect: 100-continue`. Needed only in scripts that begin before the body:
  /// otherwise the fake does it by itself.
  public static var continue100: Self { .text("HTTP/1.1 100 Continue\r\n\r\n") }
}

// MARK: - Waiting

extension Script.Step {
  /// Does nothing for a while.
  public static func pause(_ duration: Duration) -> Self { Self(action: .pause(duration)) }

  /// Waits until the test opens the gate (``ScriptedOllama/open(_:)``). An open gate stays open.
  public static func gate(_ name: String) -> Self { Self(action: .gate(name)) }

  /// Does nothing more, and keeps the connection open until the peer leaves.
  public static var silence: Self { Self(action: .silence) }

  /// Waits until the body of the request is whole, in scripts that begin before.
  public static var awaitBody: Self { Self(action: .awaitBody) }

  /// The response is whole here: the exchange ends as responded to. What follows happens on the idle connection.
  public static var finishResponse: Self { Self(action: .finishResponse) }

  /// Waits on an idle connection until the head of the next request has come. After ``finishResponse`` only.
  public static var awaitNextRequest: Self { Self(action: .awaitNextRequest) }
}

extension Script.Step {
  /// Sends what the response has, when it has it, until it is whole.
  static func live(_ response: LiveResponse) -> Self { Self(action: .live(response)) }
}

// MARK: - Reading

extension Script.Step {
  /// Reads no more from the connection, so that an upload gets stuck. Ends with the script, or ``readAtFullSpeed``.
  public static var stopReading: Self { Self(action: .read(.stopped)) }

  /// Reads at most `bytes` each `interval` from here on.
  public static func readSlowly(_ bytes: Int, every interval: Duration) -> Self {
    Self(action: .read(.slow(bytes: bytes, every: interval)))
  }

  /// Reads without restraint again.
  public static var readAtFullSpeed: Self { Self(action: .read(.full)) }
}

// MARK: - Ending the connection

extension Script.Step {
  /// Closes the connection in order (FIN) once the socket has taken all that was sent. While the request's body is
  /// still on its way, only the writing half at first, as servers do, lest the peer loses the response.
  public static var close: Self { Self(action: .close) }

  /// Breaks the connection off (RST).
  public static var reset: Self { Self(action: .reset) }
}

extension Script {
  static func statusLine(_ status: Int) -> String { "HTTP/1.1 \(status) \(reason(status))\r\n" }

  /// One chunk of the chunked coding (RFC 9112, 7.1).
  static func framed(_ bytes: [UInt8]) -> [UInt8] {
    precondition(!bytes.isEmpty, "an empty chunk would end the body")
    return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0d, 0x0a]
  }

  private static func reason(_ status: Int) -> String {
    let reasons = [
      200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
      404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Request Entity Too Large",
      429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
      504: "Gateway Timeout",
    ]
    return reasons[status] ?? "Status"
  }
}
