extension TestClient.Connection {
  /// Reads a whole response.
  ///
  /// - Parameters:
  ///   - toHEAD: whether it is the response to a HEAD request that was sent as plain bytes (``sendRequest(_:_:_:body:)``
  ///     knows by itself).
  ///   - allowTruncated: gives back what there is of a response in which the connection ended.
  /// - Throws: `truncated` with what there is, `closed` where no response began, `badMessage`, `timedOut`.
  public func readResponse(
    toHEAD: Bool = false, allowTruncated: Bool = false
  ) throws(TestClientError) -> TestClient.Response {
    parser.keepsRaw = true
    defer { parser.keepsRaw = false }
    _ = parser.takeRaw()
    var response = try readHead(toHEAD: toHEAD)
    do throws(TestClientError) {
      while let bytes = try readBytes() { response.body += bytes }
      response.isWhole = true
    } catch {
      guard case .truncated = error else { throw error }
    }
    response.chunks = streamed.chunks
    response.raw = parser.takeRaw()
    guard response.isWhole || allowTruncated else { throw .truncated(response) }
    return response
  }

  /// Reads the head of the next final response. Its body can then be read by ``readChunk()``, ``readLine()``,
  /// ``readEvent()`` or ``readBody()``.
  ///
  /// - Throws: `closed`, `truncated`, `badMessage`, `timedOut`.
  public func readHead(toHEAD: Bool = false) throws(TestClientError) -> TestClient.Response {
    streamed = StreamedBody()
    streamed.keepsChunks = parser.keepsRaw
    parser.respondsToHEAD = toHEAD || headRequests.first == readResponses
    if headRequests.first == readResponses { headRequests.removeFirst() }
    var interim: [Int] = []
    while true {
      guard case .head(let head) = try nextEvent("the head of a response") else { continue }
      let line = try wrap { () throws(HTTPSyntaxError) in try head.statusLine() }
      if line.status < 200, line.status != 101 {
        interim.append(line.status)
        continue
      }
      readResponses += 1
      let framing: TestClient.Response.Framing =
        switch parser.framing {
        case .none: .none
        case .length(let length): .length(length)
        case .chunked: .chunked
        case .untilClose: .untilClose
        }
      var response = TestClient.Response(
        status: line.status, reason: line.reason, headers: head.headers, framing: framing)
      response.version = line.version
      response.interim = interim
      streamed.head = response
      return response
    }
  }

  /// Reads the next chunk of a chunked body as it was framed; nil at the end of the body.
  ///
  /// - Throws: `truncated`, `badMessage`, `timedOut`.
  public func readChunk() throws(TestClientError) -> [UInt8]? {
    streamed.keepsChunks = true
    while streamed.chunks.isEmpty {
      guard try readBytes() != nil else { return nil }
    }
    return streamed.chunks.removeFirst()
  }

  /// Reads the next line of the body, without its line feed; nil at the end. What follows the last line feed counts as
  /// a line.
  ///
  /// - Throws: `truncated`, `badMessage`, `timedOut`.
  public func readLine() throws(TestClientError) -> String? {
    while true {
      if let line = streamed.takeLine() { return line }
      guard let bytes = try readBytes() else { return streamed.takeRest() }
      streamed.unreadLines += bytes
    }
  }

  /// Reads the next server-sent event or block of comments; nil at the end. Lines after the last empty line are
  /// no event.
  ///
  /// - Throws: `truncated`, `badMessage`, `timedOut`.
  public func readEvent() throws(TestClientError) -> TestClient.Event? {
    while let line = try readLine() {
      if let event = streamed.events.take(line) { return event }
    }
    return nil
  }

  /// Reads what is left of the body.
  ///
  /// - Throws: `truncated`, `badMessage`, `timedOut`.
  public func readBody() throws(TestClientError) -> [UInt8] {
    var body = streamed.unreadLines
    streamed.unreadLines = []
    while let bytes = try readBytes() { body += bytes }
    return body
  }

  /// Reads some bytes of the body, as soon as there are any; nil at the end.
  ///
  /// - Throws: `truncated`, `badMessage`, `timedOut`.
  public func readBytes() throws(TestClientError) -> [UInt8]? {
    while !streamed.hasEnded {
      switch try nextEvent("the body") {
      case .body(let bytes):
        streamed.add(bytes, isChunked: parser.framing == .chunked)
        return bytes
      case .chunkEnd:
        streamed.endChunk()
        // Wakes ``readChunk()``.
        return []
      case .end: streamed.hasEnded = true
      case .head: preconditionFailure("a head inside a body")
      }
    }
    return nil
  }

  private func nextEvent(_ what: String) throws(TestClientError) -> HTTPParser.Event {
    while true {
      if let event = try wrap({ () throws(HTTPSyntaxError) in try parser.next() }) { return event }
      if departure == nil, let bytes = try receive(what) {
        bytes.withMemoryRebound(to: UInt8.self) { parser.append($0) }
        continue
      }
      return try eventAtEnd()
    }
  }

  /// What the end of the stream means where the parser stands. A RST is never the proper end of a body.
  private func eventAtEnd() throws(TestClientError) -> HTTPParser.Event {
    let departure = departure ?? .finished
    do throws(HTTPSyntaxError) {
      if departure == .finished, let event = try parser.finish() { return event }
    } catch {
      guard let head = streamed.head else { throw .closed(departure) }
      throw .truncated(head)
    }
    if let head = streamed.head, !streamed.hasEnded { throw .truncated(head) }
    throw .closed(departure)
  }

  private func wrap<Value>(_ body: () throws(HTTPSyntaxError) -> Value) throws(TestClientError) -> Value {
    do { return try body() } catch { throw .badMessage(error) }
  }
}
