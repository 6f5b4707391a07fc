internal import HTTPFields

/// What goes wrong with a request, to be written in any ``ErrorFormat``.
public struct ErrorReport: Error, Equatable, Sendable {
  /// The HTTP status; of an error in mid-stream the one it would have had.
  public var status: Int
  /// One or two sentences for the client's user. Never a secret, nor a text of a prompt or of what a model said.
  public var detail: String
  /// A word for programs, such as `model_not_found`; `nil` takes the status' own.
  public var code: String?
  /// The request's field that is to blame.
  public var field: String?
  /// What is wrong with it.
  public var fault: FieldFault
  /// The request's path.
  public var instance: String
  /// The request's `X-Request-Id`.
  public var requestID: String
  /// After how many seconds it may go better. Of a response a header field says it, so that only events do.
  public var retryAfter: Int?
  /// What it is about, where that has words of its own.
  public var cause: ErrorCause?

  /// What a client is told: see the properties.
  public init(
    status: Int, detail: String, code: String? = nil, field: String? = nil, fault: FieldFault = FieldFault(),
    instance: String, requestID: String, retryAfter: Int? = nil,
    cause: ErrorCause? = nil
  ) {
    self.status = status
    self.detail = detail
    self.code = code
    self.field = field
    self.fault = fault
    self.instance = instance
    self.requestID = requestID
    self.retryAfter = retryAfter
    self.cause = cause
  }

  /// The status' name in RFC 9110 and RFC 6585.
  public var title: String { HTTPStatus.reasonPhrase(of: status) }

  /// `code`, or one made of the title: `bad_request`.
  public var effectiveCode: String {
    code ?? String(title.lowercased().map { $0 == " " ? "_" : $0 })
  }
}
