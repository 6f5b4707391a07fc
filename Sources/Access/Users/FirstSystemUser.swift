public import System

/// A row of the first system's own table of users, as it stands there: nothing of it is checked.
public struct FirstSystemUser: Equatable, Sendable {
  public var id: Int
  /// HTML-escaped, as that table has it.
  public var escapedName: String
  public var email: String?
  /// HTML-escaped, perhaps.
  public var escapedFullName: String?
  /// The text of its bcrypt, where it has one.
  public var passwordHash: String?
  public var isActive: Bool
  /// Whether he may do everything there.
  public var isAdministrator: Bool
  public var isVerified: Bool
  public var verifiedAt: Timestamp?
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  public var lastLoginAt: Timestamp?
  public var passwordChangedAt: Timestamp?

  /// See the properties.
  public init(
    id: Int, escapedName: String, email: String? = nil, escapedFullName: String? = nil,
    passwordHash: String? = nil, isActive: Bool = true, isAdministrator: Bool = false,
    isVerified: Bool = false
  ) {
    self.id = id
    self.escapedName = escapedName
    self.email = email
    self.escapedFullName = escapedFullName
    self.passwordHash = passwordHash
    self.isActive = isActive
    self.isAdministrator = isAdministrator
    self.isVerified = isVerified
  }

  /// What he is called.
  public var name: String { FirstSystemUser.unescaped(escapedName) }

  /// His full name; nil where there is none.
  public var fullName: String? {
    escapedFullName.map(FirstSystemUser.unescaped).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What Python's `html.escape` makes of five characters, and the decimal forms of two of them.
  private static let escapes: [(text: [UInt8], byte: UInt8)] = [
    ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"),
    ("&#34;", "\""),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)[0]) }

  /// Each escape once: `&amp;lt;` is `&lt;`.
  static func unescaped(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "&")) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var rest = bytes[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "&"), let escape = escapes.first(where: { rest.starts(with: $0.text) }) {
        result.append(escape.byte)
        rest = rest.dropFirst(escape.text.count)
      } else {
        result.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
