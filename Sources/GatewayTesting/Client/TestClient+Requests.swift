extension TestClient.Connection {
  /// Sends a request. `Host: localhost` is added unless given, and `Content-Length` where there is a body and no framing given.
  public func sendRequest(
    _ method: String, _ path: String, _ headers: TestHeaders = [:], body: [UInt8]? = nil
  ) throws {
    var headers = headers
    if !headers.contains("Host") { headers.fields.insert(.init(name: "Host", value: "localhost"), at: 0) }
    if let body, !headers.contains("Content-Length"), !headers.contains("Transfer-Encoding") {
      headers.add("Content-Length", "\(body.count)")
    }
    try send(Array("\(method) \(path) HTTP/1.1\r\n\(headers)\r\n".utf8) + (body ?? []))
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

  public func get(_ path: String, _ headers: TestHeaders = [:]) throws -> TestClient.Response {
    try request("GET", path, headers)
  }

  public func post(
    _ path: String, json: String, _ headers: TestHeaders = [:]
  ) throws -> TestClient.Response {
    var headers = headers
    if !headers.contains("Content-Type") { headers.add("Content-Type", "application/json") }
    return try request("POST", path, headers, body: Array(json.utf8))
  }

  /// Sends the POST of a JSON body and reads nothing: the start of a stream.
  public func sendPost(_ path: String, json: String, _ headers: TestHeaders = [:]) throws {
    var headers = headers
    if !headers.contains("Content-Type") { headers.add("Content-Type", "application/json") }
    try sendRequest("POST", path, headers, body: Array(json.utf8))
  }
}
