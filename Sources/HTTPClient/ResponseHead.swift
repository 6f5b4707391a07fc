internal import Bytes
public import HTTPFields
internal import System

/// The status line and header fields of an upstream server's final response (never a 1xx).
public struct ResponseHead: Sendable {
  /// 200-599; RFC 9110 section 15.
  public let status: Int
  /// In the order of arrival, at most 256.
  public let fields: FieldSection
  /// The declared length of the content (or, of a response to HEAD, of what GET would get); nil where it is chunked or
  /// ends with the connection.
  public let contentLength: Int?

  public init(status: Int, fields: FieldSection, contentLength: Int? = nil) {
    self.status = status
    self.fields = fields
    self.contentLength = contentLength
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? { fields.first(name) }

  /// After how many seconds to come again (RFC 9110 section 10.2.3), below 10^18: a number of them, or a date, which is
  /// looked at by the server's own clock if that tells its time. Nil where it says neither.
  public var retryAfter: Int? {
    fields.withFirst("retry-after") { field in
      if let seconds = field.value.decimal { return seconds }
      guard let date = field.value.httpDate else { return nil }
      let now = Int(Timestamp.now.millisecondsSince1970 / 1000)
      return max(0, date - (fields.withFirst("date") { $0.value.httpDate } ?? now))
    }
  }
}
