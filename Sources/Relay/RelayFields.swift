internal import Bytes
internal import Handling
internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI
internal import Telemetry

/// Which header fields cross the gateway: those that are listed here, in both directions.
enum RelayFields {
  /// Those of the client's request that Ollama gets: what says what its content is, what response it takes, and what the
  /// clients of its APIs send to it, by their names. What is not listed stays here.
  ///
  /// Ollama hands the fields of a request for a model of its maker's cloud on to its maker. So who asks is not said, unless
  /// the operator wants it (`--forward-client`), and credentials, which are for the gateway or for a proxy before it, go on
  /// in no case: nobody knows all names that they have. A listed field that `Connection` names is for the gateway as well
  /// (RFC 9110 section 7.6.1).
  ///
  /// - Parameter isRead: whether the response is read here, and so must come as it is: something before Ollama may compress what says
  ///   that it may be. What says nothing of that is left as it is, and what says no more than its absence (`Accept: */*`,
  ///   RFC 9110 section 12.5.1) is left out: libcurl writes what goes out letter by letter, a hundred instructions each.
  static func toUpstream(
    _ request: GatewayRequest, forwardsClient: Bool, isRead: Bool
  ) -> FieldSection {
    let received = request.exchange.request.fields
    var fields = FieldSection(
      reservingCapacity: received.count + 6,
      bytes: received.byteCount + 32 + (forwardsClient ? 192 + TraceFields.size : 0))
    let named = ConnectionOptions(received)
    var takesCodings = false
    received.withEachField { field in
      guard goesOn(field), !named.contains(field) else { return }
      if isRead && field.isNamed("accept-encoding") {
        takesCodings = true
      } else if !field.isNamed("accept") || !field.isValue("*/*") {
        fields.append(field)
      }
    }
    if takesCodings { fields.append("Accept-Encoding", "identity") }
    if forwardsClient { appendClient(of: request, to: &fields) }
    return fields
  }

  /// Who asks, as far as it is believed, and by which name the gateway's log has the request.
  private static func appendClient(of request: GatewayRequest, to fields: inout FieldSection) {
    fields.append("X-Forwarded-For", request.forwardedFor)
    fields.append("X-Forwarded-Proto", request.forwarded?.isSecure == true ? "https" : "http")
    if let host = request.forwarded?.host {
      fields.append("X-Forwarded-Host", host)
    } else {
      request.exchange.request.fields.withFirst("host") { fields.append("X-Forwarded-Host", $0.value) }
    }
    request.id.withText { fields.append("X-Request-Id", $0) }
    TraceFields.append(request, to: &fields)
  }

  /// Whether a field of a client's request is Ollama's as well.
  static func goesOn(_ field: FieldSection.Field) -> Bool { forUpstream.contains(field) }

  /// `Content-Encoding` is not among them: encoded content is unpacked here, or refused. Of `X-Stainless-*`, by which the
  /// clients of OpenAI and Anthropic tell of themselves, those that there are.
  private static let forUpstream = FieldNameSet(namesForUpstream)
  static let namesForUpstream: [StaticString] = [
    "content-type", "content-language", "content-disposition",
    "accept", "accept-charset", "accept-encoding", "accept-language", "user-agent",
    "cache-control", "pragma", "prefer", "range", "if-match", "if-none-match", "if-modified-since",
    "if-unmodified-since", "if-range", "idempotency-key",
    "openai-beta", "anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access",
    "x-stainless-arch", "x-stainless-async", "x-stainless-custom-poll-interval", "x-stainless-helper",
    "x-stainless-helper-method", "x-stainless-lang", "x-stainless-os", "x-stainless-package-version",
    "x-stainless-poll-helper", "x-stainless-raw-response", "x-stainless-read-timeout",
    "x-stainless-retry-count", "x-stainless-runtime", "x-stainless-runtime-version", "x-stainless-timeout",
  ]
}

// MARK: - Back

extension RelayFields {
  /// Whether a response's content comes as it is.
  static func isPlain(_ head: ResponseHead) -> Bool {
    var isPlain = true
    head.fields.withEachField { field in
      guard field.isNamed("content-encoding") else { return }
      if !field.value.isEmpty && !field.isValue("identity") { isPlain = false }
    }
    return isPlain
  }

  /// Those of Ollama's response that the client gets, and two of the gateway's.
  ///
  /// The response comes from the origin of the chat page, which a browser must not take it for: it is what its
  /// `Content-Type` says, and where it is shown it runs no script and belongs to no origin. Of Ollama's own fields those
  /// pass that say what the content is and what its API's clients read. A 429 or a
  /// 503 says in any case when to come again.
  ///
  /// - Parameters:
  ///   - isRewritten: whether the content is the gateway's words in place of Ollama's, of which the fields that tell of it are
  ///     no longer true.
  ///   - isStream: whether the content is to go through proxies as it comes.
  static func toClient(
    _ head: ResponseHead, isRewritten: Bool = false, isStream: Bool = false
  ) -> FieldSection {
    // The gateway's own beside the four and a time to come again are the time and the request's id.
    var fields = FieldSection(reservingCapacity: head.fields.count + 8, bytes: head.fields.byteCount + 256)
    let named = ConnectionOptions(head.fields)
    var hasType = false
    var hasDelay = false
    head.fields.withEachField { field in
      guard isForClient(field), !named.contains(field), isPrintable(field.value) else { return }
      if isRewritten && ofContent.contains(field) { return }
      // Of two types, clients differ in which they believe.
      if field.isNamed("content-type") {
        if hasType { return }
        hasType = true
      }
      if field.isNamed("retry-after") { hasDelay = true }
      fields.append(field)
    }
    if !hasDelay && (head.status == 429 || head.status == 503) { fields.append("Retry-After", "5") }
    appendOwn(to: &fields, isStream: isStream)
    return fields
  }

  /// Those of a stream that begins before Ollama has responded.
  static func ofStream(_ framing: StreamFraming) -> FieldSection {
    var fields: FieldSection = [("Content-Type", framing.contentType)]
    appendOwn(to: &fields, isStream: true)
    return fields
  }

  /// Those of a document that the gateway has made of Ollamas' responses.
  static var ofDocument: FieldSection {
    // As Ollama writes it.
    var fields: FieldSection = [("Content-Type", "application/json; charset=utf-8")]
    appendOwn(to: &fields, isStream: false)
    return fields
  }

  private static func appendOwn(to fields: inout FieldSection, isStream: Bool) {
    fields.append("X-Content-Type-Options", "nosniff")
    fields.append("Content-Security-Policy", "sandbox")
    guard isStream else { return }
    fields.append("Cache-Control", "no-cache")
    // nginx would hold the tokens back.
    fields.append("X-Accel-Buffering", "no")
  }

  private static func isForClient(_ field: FieldSection.Field) -> Bool {
    if forClient.contains(field) { return true }
    guard
      field.hasNamePrefix("openai-") || field.hasNamePrefix("anthropic-")
        || field.hasNamePrefix("x-ratelimit-")
    else { return false }
    return field.name.allSatisfy { byte in
      ASCII.isAlpha(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
  }

  private static let describingContent: [StaticString] = [
    "content-type", "content-encoding", "content-language", "etag", "last-modified",
  ]

  private static let ofContent = FieldNameSet(describingContent)

  private static let forClient = FieldNameSet(
    describingContent + [
      "retry-after", "retry-after-ms", "www-authenticate", "x-should-retry", "request-id",
    ])

  /// No control characters: a tab, which may stand in a value, is one as well. What is not UTF-8 each client reads in a way of
  /// its own, and some not at all.
  private static func isPrintable(_ value: UnsafeRawBufferPointer) -> Bool {
    guard value.isFieldValue && !value.contains(0x09) else { return false }
    guard value.contains(where: { $0 >= 0x80 }) else { return true }
    return String(validating: value, as: UTF8.self) != nil
  }
}
