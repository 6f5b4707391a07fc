internal import Bytes
public import HTTPFields

/// The head of a request: RFC 9112 sections 3 and 5, checked by ``RequestValidation``.
public struct ServerRequest {
  /// The version of HTTP that the client speaks.
  public enum Version: Sendable {
    case http1_0
    case http1_1
  }

  /// Case-sensitive; RFC 9110 section 9.
  public let method: String
  /// As the request's first line says.
  public let version: Version
  /// The origin-form target as it was sent: path and query, still escaped.
  public let target: String
  /// In the order of arrival.
  public let fields: FieldSection
  /// The declared length of the content; nil where it is chunked or there is none.
  public let contentLength: Int?
  /// Whether content follows the head.
  public let hasBody: Bool
  /// Whether that comes in chunks (RFC 9112 section 7.1).
  public var isChunked: Bool { hasBody && contentLength == nil }
  /// Where the path ends in `target`.
  private let pathEnd: String.Index

  /// Nothing is checked: ``RequestValidation`` does that. Both framing fields may be there, or a length that is no number.
  public init(method: String, version: Version, target: String, fields: FieldSection) {
    self.method = method
    self.version = version
    self.target = target
    self.fields = fields
    contentLength = fields.withFirst("content-length") { $0.value.decimal }
    hasBody = (contentLength ?? 0) != 0 || fields.contains("transfer-encoding")
    let pathSize = target.utf8.withContiguousStorageIfAvailable { $0.firstIndex(of: UInt8(ascii: "?")) }
    pathEnd = (pathSize ?? nil).map { target.utf8.index(target.startIndex, offsetBy: $0) } ?? target.endIndex
  }

  /// The value of the first field of this name; `name` in lower case.
  public func first(_ name: StaticString) -> String? { fields.first(name) }

  /// The target up to the query, as it was sent.
  public var escapedPath: Substring { target[..<pathEnd] }

  /// What follows the first `?`, as it was sent; nil where there is none.
  public var query: Substring? {
    pathEnd == target.endIndex ? nil : target[target.utf8.index(after: pathEnd)...]
  }
}
