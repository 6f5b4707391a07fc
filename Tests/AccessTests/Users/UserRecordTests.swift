import JSON
import Limits
import System
import Testing

@testable import Access

/// Users as stores have them.
@Suite struct UserRecordTests {
  private static let time = Timestamp(millisecondsSince1970: 1_700_000_000_123)

  static func user(_ number: Int64, _ name: String, _ change: (inout UserRecord) -> Void = { _ in })
    -> UserRecord
  {
    guard let id = UserID(number), let name = UserName(name) else { preconditionFailure("no user") }
    var record = UserRecord(id: id, name: name, createdAt: time)
    change(&record)
    return record
  }

  private func read(_ text: String) throws(RecordError) -> UserRecord {
    try JSONReader(maximumBytes: 1 << 20).read(text) { (json) throws(RecordError) in try UserRecord(json) }
  }

  private func text(_ record: UserRecord) -> String {
    var writer = JSONWriter()
    record.encode(into: &writer)
    return String(decoding: writer.take(), as: UTF8.self)
  }

  private static let full = user(7, "ann@\"x\"") { user in
    user.email = "Ann@example.org"
    user.fullName = "Ann Ü. 🙂"
    user.passwordHash = "$2b$12$" + String(repeating: "x", count: 53)
    user.scopes = [.chat, .admin]
    user.models = ModelRules(["llama3*"])
    user.team = TeamName("research")
    user.limits = LimitSet(rpm: 5)
    user.isDisabled = true
    (user.verifiedAt, user.updatedAt, user.lastLoginAt) = (time, time, time)
    (user.passwordChangedAt, user.resetAskedAt, user.unlockedAt) = (time, time, time)
    user.generation = 12
    (user.signedOutAt, user.isEmailClaimed, user.isRegistered) = (time, true, true)
    user.identities = [IssuerIdentity(issuer: "https://id.example", subject: "a b")!]
    user.reset = UserRecord.Link(
      digest: SecretDigest(hexadecimal: String(repeating: "0a", count: 32))!, validUntil: time)
    user.verification = user.reset
    user.places = [UserRecord.Place(place: "192.0.2.0/24", seenAt: time)]
  }

  @Test func readsBackAsItWas() throws {
    #expect(try read(text(Self.full)) == Self.full)
    let plain = Self.user(1, "a")
    #expect(try read(text(plain)) == plain)
  }

  /// As the migrations write them.
  @Test func theLeastOfADocument() throws {
    let user = try read(
      #"{"id":3,"name":"ann","scopes":["inference","chat","models.read"],"disabled":false,"created_at":"2026-01-02T03:04:05.678Z"}"#
    )
    #expect(user.id.number == 3 && user.generation == 1 && user.scopes == Scopes.Preset.standard.scopes)
  }

  @Test func secretsAreForStoresAlone() {
    var writer = JSONWriter()
    writer.object { Self.full.encodeMembers(into: &$0, withSecrets: false) }
    let text = String(decoding: writer.take(), as: UTF8.self)
    for secret in ["$2b$", "0a0a", "192.0.2", "generation", "signed_out", "claimed"] {
      #expect(!text.contains(secret), "\(secret)")
    }
  }

  /// A link that was made before is over, whoever has it.
  @Test func linksEndWithWhatTheyWereMadeFor() {
    var user = Self.full
    user.setEmail(user.email)
    #expect(user == Self.full)
    user.setEmail("other@example.org")
    #expect(user.reset == nil && user.verification == nil && user.verifiedAt == nil)
    user = Self.full
    user.endSignIns(at: Self.time.adding(.seconds(1)))
    #expect(user.reset == nil && user.generation == 13 && user.verification != nil)
    #expect(user.signedOutAt == Self.time.adding(.seconds(1)))
  }

  @Test(arguments: [
    (#"[]"#, ""), (#"{"name":"a","created_at":"2026-01-02T03:04:05Z"}"#, "id"),
    (#"{"id":1,"created_at":"2026-01-02T03:04:05Z"}"#, "name"), (#"{"id":1,"name":"a"}"#, "created_at"),
  ])
  func whatMustBeThere(_ text: String, _ member: String) {
    let error = #expect(throws: RecordError.self) { try read(text) }
    #expect(error?.member == member)
  }

  @Test(arguments: [
    (#""id":0"#, "id"), (#""id":-1"#, "id"), (#""id":1.5"#, "id"), (#""id":1000000000000000000"#, "id"),
    (#""id":99999999999999999999"#, "id"), (#""name":"a b""#, "name"), (#""name":"""#, "name"),
    (#""email":"a""#, "email"), (#""email":"@a""#, "email"), (#""email":"a@""#, "email"),
    (#""email":"a b@c""#, "email"), (#""email":"é@c""#, "email"), (#""full_name":"\n""#, "full_name"),
    (#""password_hash":"plain""#, "password_hash"), (#""scopes":["all"]"#, "scopes"),
    (#""generation":0"#, "generation"), (#""generation":1e300"#, "generation"),
    (#""superuser":true"#, "superuser"),
    (#""identities":[{"issuer":"","subject":"s"}]"#, "identities"),
    (#""identities":[{"issuer":"i"}]"#, "identities"),
    (#""reset":{"digest":"00"}"#, "reset"), (#""reset":{"digest":"00","valid_until":"x"}"#, "reset.digest"),
    (#""places":[{"place":"a b","seen_at":"2026-01-02T03:04:05Z"}]"#, "places"), (#""places":[7]"#, "places"),
    (#""verified_at":"yesterday""#, "verified_at"), (#""limits":{"rpm":0}"#, "limits.rpm"),
    (#""disabled":1"#, "disabled"),
  ])
  func whatIsWrongIsTold(_ member: String, _ name: String) {
    let error = #expect(throws: RecordError.self) {
      try read(#"{"id":1,"name":"a","created_at":"2026-01-02T03:04:05Z",\#(member)}"#)
    }
    #expect(error?.member == name)
  }

  @Test func listsAreBounded() {
    let identities = (0...UserRecord.identityLimit).map { #"{"issuer":"https://i","subject":"\#($0)"}"# }
    let places = (0...UserRecord.placeLimit).map { #"{"place":"\#($0)","seen_at":"2026-01-02T03:04:05Z"}"# }
    for (name, list) in [("identities", identities), ("places", places)] {
      let error = #expect(throws: RecordError.self) {
        try read(
          #"{"id":1,"name":"a","created_at":"2026-01-02T03:04:05Z","\#(name)":[\#(list.joined(separator: ","))]}"#
        )
      }
      #expect(error?.member == name)
    }
  }
}

extension JSONReader {
  /// Reads a text.
  func read<Value>(_ text: String, _ body: (JSONValue) throws(RecordError) -> Value) throws(RecordError)
    -> Value
  {
    var result: Result<Value, RecordError>?
    Array(text.utf8).withUnsafeBytes { bytes in
      do throws(RecordError) { result = .success(try withDocument(bytes, body)) } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw RecordError("", takes: "JSON") }
    return try result.get()
  }
}
