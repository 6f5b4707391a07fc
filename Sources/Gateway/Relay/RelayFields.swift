internal import HTTPClient
internal import HTTPServer

/// Which header fields cross the gateway.
enum RelayFields {
  /// Those of the client's request that Ollama gets.
  ///
  /// Hop-by-hop fields stay (RFC 9110 section 7.6.1), and with them what `Connection` names; so do credentials, which are
  /// for the gateway; `Origin`, on which Ollama would answer 403; what the gateway's own client sets; and a client's
  /// word on where it comes from.
  static func toUpstream(_ request: GatewayRequest) -> [ClientRequest.Field] {
    let head = request.exchange.request
    let named = namedByConnection(head.fields)
    var fields: [ClientRequest.Field] = []
    fields.reserveCapacity(head.fields.count + 4)
    for field in head.fields {
      let name = field.name.lowercased()
      if stopsAtGateway.contains(name) || named.contains(name) || name.hasPrefix("x-forwarded-") { continue }
      fields.append(field)
    }
    fields.append(("X-Forwarded-For", clientAddress(request.exchange.client)))
    fields.append(("X-Forwarded-Proto", "http"))
    if let host = head.first("host") { fields.append(("X-Forwarded-Host", host)) }
    fields.append(("X-Request-Id", request.id))
    return fields
  }

  /// Those of Ollama's response that the client gets.
  static func toClient(_ head: ResponseHead) -> [ServerResponse.Field] {
    let named = namedByConnection(head.fields)
    return head.fields.filter { field in
      let name = field.name.lowercased()
      return !setByServer.contains(name) && !named.contains(name) && !name.hasPrefix("access-control-")
    }
  }

  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
  ]

  private static let stopsAtGateway = hopByHop.union([
    "host", "content-length", "expect", "authorization", "x-api-key", "cookie", "origin", "forwarded",
    "x-real-ip", "x-request-id", "access-control-request-method", "access-control-request-headers",
    "access-control-request-private-network",
  ])

  /// The gateway frames, dates and names its responses itself, and decides on CORS.
  private static let setByServer = hopByHop.union(["content-length", "date", "x-request-id", "vary"])

  private static func namedByConnection(_ fields: [ServerRequest.Field]) -> Set<String> {
    var names: Set<String> = []
    for field in fields where field.name.utf8.count == 10 && field.name.lowercased() == "connection" {
      for name in field.value.split(separator: ",") {
        names.insert(name.filter { $0 != " " && $0 != "\t" }.lowercased())
      }
    }
    return names
  }

  /// The address without its port; what is no address, as for UNIX sockets, has none.
  private static func clientAddress(_ client: String) -> String {
    guard let colon = client.lastIndex(of: ":") else { return "unknown" }
    return client[..<colon].filter { $0 != "[" && $0 != "]" }
  }
}
