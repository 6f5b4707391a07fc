internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import Telemetry

/// Which header fields cross the gateway.
enum RelayFields {
  /// Those of the client's request that Ollama gets.
  ///
  /// Hop-by-hop fields stay (RFC 9110 section 7.6.1), and with them what `Connection` names; so do credentials, which are
  /// for the gateway; `Origin`, on which Ollama would answer 403; what the gateway's own client sets; and what anybody but
  /// a trusted proxy says of where the request comes from.
  static func toUpstream(_ request: GatewayRequest) -> FieldSection {
    let received = request.exchange.request.fields
    var fields = FieldSection(
      reservingCapacity: received.count + 5, bytes: received.byteCount + 192 + TraceFields.size)
    let named = namedByConnection(received)
    received.withEachField { field in
      guard !stopsAtGateway.contains(field), !field.hasNamePrefix("x-forwarded-"), !named.contains(field)
      else { return }
      fields.append(field)
    }
    fields.append("X-Forwarded-For", request.forwardedFor)
    fields.append("X-Forwarded-Proto", request.forwarded?.isSecure == true ? "https" : "http")
    if let host = request.forwarded?.host {
      fields.append("X-Forwarded-Host", host)
    } else {
      received.withFirst("host") { fields.append("X-Forwarded-Host", $0.value) }
    }
    request.id.withText { fields.append("X-Request-Id", $0) }
    TraceFields.append(request, to: &fields)
    return fields
  }

  /// Those of Ollama's response that the client gets.
  static func toClient(_ head: ResponseHead) -> FieldSection {
    // The gateway's own are the time and the request's id.
    var fields = FieldSection(reservingCapacity: head.fields.count + 4, bytes: head.fields.byteCount + 128)
    let named = namedByConnection(head.fields)
    head.fields.withEachField { field in
      guard !setByServer.contains(field), !field.hasNamePrefix("access-control-"), !named.contains(field)
      else { return }
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
      "x-real-ip", "x-request-id", "traceparent", "tracestate", "access-control-request-method",
      "access-control-request-headers",
      "access-control-request-private-network",
    ])

  /// The gateway frames, dates and names its responses itself, and decides on CORS.
  private static let setByServer = FieldNameSet(
    hopByHop + ["content-length", "date", "x-request-id"])

  /// The names that `Connection` lists: with none, as almost always, nothing is allocated.
  private static func namedByConnection(_ fields: FieldSection) -> ConnectionOptions {
    let isPlain = fields.withFirst("connection") { $0.isValue("keep-alive") || $0.isValue("close") }
    guard isPlain == false else { return ConnectionOptions(names: []) }
    // There may be several fields of the name, and their lists are one.
    let lists = fields.filter { $0.name.isFieldName("connection") }.map(\.value)
    let names = lists.flatMap { $0.split { $0 == "," || $0 == " " || $0 == "\t" } }
    return ConnectionOptions(names: names.map { $0.lowercased() })
  }

  /// RFC 9110 section 7.6.1.
  private struct ConnectionOptions {
    let names: [String]

    func contains(_ field: FieldSection.Field) -> Bool {
      !names.isEmpty && names.contains(String(decoding: field.name, as: UTF8.self).lowercased())
    }
  }
}
