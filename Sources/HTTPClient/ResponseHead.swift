/// The status line and header fields of an upstream server's final response (never a 1xx).
public struct ResponseHead: Sendable {
  public typealias Field = (name: String, value: String)

  /// 200-999; RFC 9110 section 15.
  public let status: Int
  /// In the order of arrival, at most 256.
  public let fields: [Field]

  public init(status: Int, fields: [Field]) {
    self.status = status
    self.fields = fields
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: String) -> String? {
    fields.first { $0.name.count == name.count && $0.name.lowercased() == name }?.value
  }

  /// The declared length of the content; nil where it is chunked, ends with the connection or is nonsense.
  public var contentLength: Int? { first("content-length").flatMap { Int($0) } }
}
