internal import HTTPFields
public import JSON
public import System

/// That somebody has signed in, for as long as it lasts: what a store has of it. No secret is in it.
public struct SignInRecord: Equatable, Sendable {
  /// By what it is known.
  public let id: SignInID
  /// Who.
  public let user: UserID
  /// How it goes on.
  public let kind: Kind
  /// The user's, when he signed in: it is over as soon as he has another one.
  public var generation: Int
  /// When he signed in.
  public let createdAt: Timestamp
  /// It lasts no longer, whatever happens.
  public var expiresAt: Timestamp
  /// It ends then, if it is not used until then; nil: it may rest.
  public var idleUntil: Timestamp?
  /// Of refresh tokens: which is the last one of the family, counted from 1, and when it was given out.
  public var number = 1
  public var issuedAt: Timestamp
  /// The issuer by whom he has signed in; nil: by his password.
  public var issuer: String?

  /// How a sign-in goes on.
  public enum Kind: String, CaseIterable, Sendable {
    /// By the cookie of a browser.
    case cookie
    /// By refresh tokens, each of which is used once.
    case refresh
  }

  /// See the properties.
  public init(
    id: SignInID, user: UserID, kind: Kind, generation: Int, createdAt: Timestamp, expiresAt: Timestamp,
    idleUntil: Timestamp? = nil, issuer: String? = nil
  ) {
    self.id = id
    self.user = user
    self.kind = kind
    self.generation = generation
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.idleUntil = idleUntil
    self.issuer = issuer
    issuedAt = createdAt
  }

  /// How long one of a browser rests.
  public static let idleTime = Duration.seconds(12 * 3600)
  /// That it was used is noted as often, and not for each request.
  public static let idleStep = Duration.seconds(300)

  /// When it ends, if it is not used until then.
  public var end: Timestamp { min(expiresAt, idleUntil ?? expiresAt) }

  /// Whether it lasts.
  public func lasts(at now: Timestamp) -> Bool { now < end }
}

extension SignInRecord {
  /// Reads a document. `id`, `user`, `kind`, `generation`, `created_at` and `expires_at` must be there.
  ///
  /// - Throws: what is wrong, by its member.
  public init(_ json: JSONValue) throws(RecordError) {
    guard json.kind == .object else { throw RecordError("", takes: "an object") }
    guard let id = json["id"]?.string.flatMap({ SignInID($0) }) else {
      throw RecordError("id", takes: "16-64 letters and digits")
    }
    guard let kind = json["kind"]?.string.flatMap({ Kind(bytesOf: $0) }) else {
      throw RecordError("kind", takes: "one of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard let user = json["user"]?.int.flatMap({ UserID(Int64($0)) }) else {
      throw RecordError("user", takes: "the number of a user")
    }
    guard let generation = json["generation"], let createdAt = json["created_at"],
      let expiresAt = json["expires_at"]
    else { throw RecordError("", takes: "generation, created_at and expires_at") }
    self.init(
      id: id, user: user, kind: kind, generation: try generation.whole("generation", in: 1...(1 << 53)),
      createdAt: try createdAt.time("created_at"), expiresAt: try expiresAt.time("expires_at"))
    idleUntil = try json["idle_until"]?.time("idle_until")
    number = try json["number"]?.whole("number", in: 1...(1 << 53)) ?? 1
    issuedAt = try json["issued_at"]?.time("issued_at") ?? self.createdAt
    issuer = try json["issuer"]?.text("issuer", takes: "a text")
  }

  /// Writes a document that reads back as this.
  public func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id.text)
      writer.member("user", Int(user.number))
      writer.member("kind", kind.rawValue)
      writer.member("generation", generation)
      writer.member("created_at", createdAt.iso8601)
      writer.member("expires_at", expiresAt.iso8601)
      if let idleUntil { writer.member("idle_until", idleUntil.iso8601) }
      writer.member("number", number)
      writer.member("issued_at", issuedAt.iso8601)
      if let issuer { writer.member("issuer", issuer) }
    }
  }
}
