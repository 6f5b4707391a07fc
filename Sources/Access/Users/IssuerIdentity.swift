internal import Bytes
public import JSON

/// As whom an issuer of tokens knows a user: his subject, which is another's at another issuer.
public struct IssuerIdentity: Hashable, Sendable {
  /// The issuer's identifier, `iss`: an URL, byte for byte.
  public let issuer: String
  /// Its `sub`.
  public let subject: String

  /// The most bytes of an issuer.
  public static let longestIssuer = 1024
  /// The most bytes of a subject (OpenID Connect Core, section 2).
  public static let longestSubject = 255

  /// Nil where one is empty, too long, or has others than visible characters of ASCII, of which the subject may have spaces too.
  public init?(issuer: String, subject: String) {
    guard (1...Self.longestIssuer).contains(issuer.utf8.count), issuer.utf8.allSatisfy(ASCII.isVisible),
      (1...Self.longestSubject).contains(subject.utf8.count),
      subject.utf8.allSatisfy({ ASCII.isVisible($0) || $0 == UInt8(ascii: " ") })
    else { return nil }
    self.issuer = issuer
    self.subject = subject
  }

  /// What stands for the issuer of those whom a trusted proxy names: no issuer of tokens, as it is no URL.
  package static let proxy = "proxy"

  /// As whom a trusted proxy knows a user whom an administrator has linked.
  package init?(proxyUser name: UserName) { self.init(issuer: Self.proxy, subject: name.text) }

  /// Continues "takes …".
  package static let takes =
    "an object of issuer, at most \(longestIssuer) visible characters of ASCII, and subject, at most \(longestSubject)"

  init(_ json: JSONValue) throws(RecordError) {
    guard json.kind == .object, json.count == 2, let issuer = json["issuer"]?.string,
      let subject = json["subject"]?.string, let identity = IssuerIdentity(issuer: issuer, subject: subject)
    else { throw RecordError("identities", takes: Self.takes) }
    self = identity
  }

  /// Writes a document that reads back as this.
  public func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("issuer", issuer)
      writer.member("subject", subject)
    }
  }
}
