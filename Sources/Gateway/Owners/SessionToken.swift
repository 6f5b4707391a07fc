internal import Access
internal import HTTPFields

/// The token by which programs are known again: `X-Session-Token`.
enum SessionToken {
  /// Bytes of a body of the request for one.
  static let bodyLimit = 4096

  /// The valid one that a request shows.
  static func read(_ fields: FieldSection, _ seal: CredentialSeal) -> Credential? {
    fields.withFirst("x-session-token") { seal.read($0.value, .token) }
  }
}
