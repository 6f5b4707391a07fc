internal import Access
internal import JSON
internal import JSONWebToken
internal import System

/// What a program gets that has signed in: a token for requests, and one for the next pair.
package struct TokenPair: Equatable, Sendable {
  let access: String
  let refresh: String

  /// How long a token for requests is valid.
  package static let accessTime = Duration.seconds(1800)

  /// The pair of a sign-in as it stands: the same each time.
  ///
  /// - Returns: nil where libcrypto has no memory.
  init?(_ record: SignInRecord, of user: UserRecord, by tokens: OwnTokens) {
    let family = RefreshFamily(number: record.number, issuedAt: record.issuedAt)
    guard let family else { return nil }
    let id = RefreshTokenID(family: record.id, number: family.number).text
    func token(_ kind: OwnToken.Kind, until end: Timestamp) -> OwnToken {
      OwnToken(
        kind: kind, subject: user.name.text, userID: user.id.number, email: user.email,
        issuedAt: record.issuedAt.seconds, expiresAt: end.seconds, id: id,
        generation: Int64(record.generation))
    }
    let accessEnd = record.issuedAt.adding(TokenPair.accessTime)
    guard let access = tokens.sign(token(.access, until: accessEnd)),
      let refresh = tokens.sign(token(.refresh, until: family.expiresAt))
    else { return nil }
    self.access = access
    self.refresh = refresh
  }

  /// As the first system tells it.
  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("access_token", access)
      writer.member("refresh_token", refresh)
      writer.member("token_type", literal: "bearer")
      writer.member("expires_in", Int(TokenPair.accessTime.components.seconds))
    }
  }
}

/// The texts are nowhere by accident.
extension TokenPair: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "a pair of tokens" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Timestamp {
  /// Whole seconds since 1970.
  var seconds: Int64 { millisecondsSince1970 / 1000 }
}
