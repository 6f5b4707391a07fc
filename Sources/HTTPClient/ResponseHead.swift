public import HTTPFields

/// The status line and header fields of an upstream server's final response (never a 1xx).
public struct ResponseHead: Sendable {
  /// 200-599; RFC 9110 section 15.
  public let status: Int
  /// In the order of arrival, at most 256.
  public let fields: FieldSection

  public init(status: Int, fields: FieldSection) {
    self.status = status
    self.fields = fields
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? { fields.first(name) }

  /// After how many seconds to come again (RFC 9110 section 10.2.3), below 10^18; nil where there is no number of them.
  public var retryAfter: Int? { fields.withFirst("retry-after") { $0.value.decimal } }

  /// The declared length of the content; nil where it is chunked, ends with the connection or is nonsense.
  public var contentLength: Int? {
    // It overrides the length (RFC 9112 section 6.3), for libcurl as well.
    guard !fields.contains("transfer-encoding"),
      let length = fields.withFirst("content-length", { $0.value.decimal })
    else { return nil }
    var isAgreed = true
    fields.withEachField { field in
      if field.isNamed("content-length") && field.value.decimal != length { isAgreed = false }
    }
    return isAgreed ? length : nil
  }
}
