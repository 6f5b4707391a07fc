extension TestClient {
  /// A request as bytes, for a ``StreamSwarm`` or to be sent in pieces. `Host: localhost` is added unless given, and
  /// `Content-Length` where there is a body and no framing given.
  public static func requestBytes(
    _ method: String, _ path: String, _ headers: TestHeaders = [:], body: [UInt8]? = nil
  ) -> [UInt8] {
    var headers = headers
    if !headers.contains("Host") { headers.fields.insert(.init(name: "Host", value: "localhost"), at: 0) }
    if let body, !headers.contains("Content-Length"), !headers.contains("Transfer-Encoding") {
      headers.add("Content-Length", "\(body.count)")
    }
    return Array("\(method) \(path) HTTP/1.1\r\n\(headers)\r\n".utf8) + (body ?? [])
  }

  /// A request with a JSON body as bytes.
  public static func requestBytes(
    _ method: String, _ path: String, _ headers: TestHeaders = [:], json: String
  ) -> [UInt8] {
    var headers = headers
    if !headers.contains("Content-Type") { headers.add("Content-Type", "application/json") }
    return requestBytes(method, path, headers, body: Array(json.utf8))
  }
}
