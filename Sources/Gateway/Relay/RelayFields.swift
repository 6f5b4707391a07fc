internal import HTTPClient
internal import HTTPFields
internal import HTTPServer

/// Which header fields cross the gateway.
enum RelayFields {
  /// Those of the client's request that Ollama gets.
  ///
  /// Hop-by-hop fields stay (RFC 9110 section 7.6.1), and with them what `Connection` names; so do credentials, which are
  /// for the gateway; `Origin`, on which Ollama would answer 403; what the gateway's own client sets; and a client's
  /// word on where it comes from.
  static func toUpstream(_ request: GatewayRequest) -> [HTTPField] {
    let head = request.exchange.request
    var fields: [HTTPField] = []
    fields.reserveCapacity(head.fields.count + 4)
    var host: String?
    let named = namedByConnection(head.fields)
    for field in head.fields {
      if field.name.isFieldName("host") { host = field.value }
      if stopsAtGateway.contains(field.name) || isForwarded(field.name) { continue }
      if named.contains(where: { equals($0, field.name) }) { continue }
      fields.append(field)
    }
    fields.append(("X-Forwarded-For", clientAddress(request.exchange.client)))
    fields.append(("X-Forwarded-Proto", "http"))
    if let host { fields.append(("X-Forwarded-Host", host)) }
    fields.append(("X-Request-Id", request.id))
    return fields
  }

  /// Those of Ollama's response that the client gets.
  static func toClient(_ head: ResponseHead) -> [HTTPField] {
    let named = namedByConnection(head.fields)
    var fields: [HTTPField] = []
    fields.reserveCapacity(head.fields.count + 4)
    for field in head.fields where !setByServer.contains(field.name) && !isCORS(field.name) {
      if named.contains(where: { equals($0, field.name) }) { continue }
      fields.append(field)
    }
    return fields
  }

  private static let hopByHop: [StaticString] = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
  ]

  private static let stopsAtGateway = FieldNameSet(
    hopByHop + [
      "host", "content-length", "expect", "authorization", "x-api-key", "cookie", "origin", "forwarded",
      "x-real-ip", "x-request-id", "access-control-request-method", "access-control-request-headers",
      "access-control-request-private-network",
    ])

  /// The gateway frames, dates and names its responses itself, and decides on CORS.
  private static let setByServer = FieldNameSet(
    hopByHop + ["content-length", "date", "x-request-id"])

  private static func isForwarded(_ name: String) -> Bool { name.hasFieldNamePrefix("x-forwarded-") }

  private static func isCORS(_ name: String) -> Bool { name.hasFieldNamePrefix("access-control-") }

  /// The names that `Connection` lists: with none, as almost always, nothing is allocated.
  private static func namedByConnection(_ fields: [HTTPField]) -> [Substring] {
    guard let value = fields.first("connection"), !value.isFieldName("keep-alive"),
      !value.isFieldName("close")
    else { return [] }
    // There may be several fields of the name, and their lists are one.
    let lists = fields.filter { $0.name.isFieldName("connection") }.map(\.value)
    return lists.flatMap { $0.split { $0 == "," || $0 == " " || $0 == "\t" } }
  }

  private static func equals(_ left: Substring, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.lowercased() == right.lowercased()
  }

  /// The address without its port; what is no address, as for UNIX sockets, has none.
  private static func clientAddress(_ client: String) -> String {
    guard let colon = client.utf8.lastIndex(of: UInt8(ascii: ":")) else { return "unknown" }
    let address = client[..<colon]
    guard address.utf8.first == UInt8(ascii: "[") else { return String(address) }
    return String(address.dropFirst().dropLast())
  }
}
