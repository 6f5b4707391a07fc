extension TestClient.Connection {
  /// Sends a request. `Host: localhost` is added unless given, and `Content-Length` where there is a body and no
  /// framing given.
  public func sendRequest(
    _ method: String, _ path: String, _ headers: TestHeaders = [:], body: [UInt8]? = nil
  ) throws {
    try send(TestClient.requestBytes(method, path, headers, body: body))
    if method == "HEAD" { headRequests.append(sentRequests) }
    sentRequests += 1
  }

  /// Sends one chunk of a chunked request body.
  public func sendChunk(_ bytes: [UInt8]) throws {
    try send(Script.framed(bytes))
  }

  /// Sends text as one chunk of a chunked request body.
  public func sendChunk(_ text: String) throws {
    try sendChunk(Array(text.utf8))
  }

  /// Ends a chunked request body.
  public func endChunks() throws {
    try send("0\r\n\r\n")
  }

  /// Sends a request and reads its response.
  public func request(
    _ method: String, _ path: String, _ headers: TestHeaders = [:], body: [UInt8]? = nil
  ) throws -> TestClient.Response {
    try sendRequest(method, path, headers, body: body)
    return try readResponse()
  }

  /// Sends `GET` and reads the whole response.
  public func get(_ path: String, _ headers: TestHeaders = [:]) throws -> TestClient.Response {
    try request("GET", path, headers)
  }

  /// Sends `POST` with a body of JSON and reads the whole response.
  public func post(
    _ path: String, json: String, _ headers: TestHeaders = [:]
  ) throws -> TestClient.Response {
    try sendPost(path, json: json, headers)
    return try readResponse()
  }

  /// Sends the POST of a JSON body and reads nothing: the start of a stream.
  public func sendPost(_ path: String, json: String, _ headers: TestHeaders = [:]) throws {
    try send(TestClient.requestBytes("POST", path, headers, json: json))
    sentRequests += 1
  }
}
