package import HTTPFields
internal import HTTPServer

/// How the content of a request is encoded (RFC 9110 section 8.4).
package enum ContentCoding {
  case identity
  case zstd
  /// One that is not taken, or several.
  case other

  /// By all fields `Content-Encoding`; names are compared without regard to case.
  package init(_ fields: FieldSection) {
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
  package var contentCoding: ContentCoding {
    exchange.request.hasBody ? ContentCoding(exchange.request.fields) : .identity
  }

  /// Refuses content that nobody here can read.
  ///
  /// - Throws: 415 that says what is taken (RFC 9110 section 15.5.16).
  package func requireKnownCoding(takesZstandard: Bool) throws(RequestFailure) {
    let coding = contentCoding
    guard coding != .identity else { return }
    guard coding == .other || !takesZstandard else { return }
    let taken = takesZstandard ? "zstd" : "identity"
    throw RequestFailure(
      415, "The content's coding is not taken here: \(taken) is.", headerFields: [("Accept-Encoding", taken)])
  }
}
