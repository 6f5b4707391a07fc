internal import HTTPFields
internal import HTTPServer

/// How the content of a request is encoded (RFC 9110 section 8.4).
enum ContentCoding {
  case identity
  case zstd
  /// One that is not taken, or several.
  case other

  init(_ fields: FieldSection) {
    var coding = ContentCoding.identity
    fields.withEachField { field in
      guard field.isNamed("content-encoding") else { return }
      let list = String(decoding: field.value, as: UTF8.self)
      for name in list.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }).map(String.init)
      where !name.isFieldName("identity") {
        coding = coding == .identity && name.isFieldName("zstd") ? .zstd : .other
      }
    }
    self = coding
  }
}

extension GatewayRequest {
  /// That of its content, if it has any.
  var contentCoding: ContentCoding {
    exchange.request.hasBody ? ContentCoding(exchange.request.fields) : .identity
  }

  /// Refuses content that nobody here can read. Of Ollama's paths those under `/v1` take zstd, as newer Ollamas do.
  ///
  /// - Throws: 415 that says what is taken (RFC 9110 section 15.5.16).
  func requireKnownCoding(for action: Route.Action) throws(RequestFailure) {
    let coding = contentCoding
    guard coding != .identity else { return }
    let taken = takesZstandard(action) ? "zstd" : "identity"
    guard coding == .other || taken == "identity" else { return }
    throw RequestFailure(
      415, "The content's coding is not taken here: \(taken) is.", headerFields: [("Accept-Encoding", taken)])
  }

  private func takesZstandard(_ action: Route.Action) -> Bool {
    guard case .relay = action else { return false }
    return target.path.utf8.starts(with: "/v1/".utf8)
  }
}
