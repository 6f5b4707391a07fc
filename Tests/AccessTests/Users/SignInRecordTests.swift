import JSON
import System
import Testing

@testable import Access

/// Sign-ins as stores have them.
@Suite struct SignInRecordTests {
  private static let time = Timestamp(millisecondsSince1970: 1_700_000_000_123)

  private func record(_ kind: SignInRecord.Kind) throws -> SignInRecord {
    SignInRecord(
      id: .random(), user: try #require(UserID(7)), kind: kind, generation: 3, createdAt: Self.time,
      expiresAt: Self.time.adding(.seconds(100)))
  }

  private func read(_ text: String) throws(RecordError) -> SignInRecord {
    try JSONReader(maximumBytes: 1 << 20).read(text) { (json) throws(RecordError) in try SignInRecord(json) }
  }

  private func text(_ record: SignInRecord) -> String {
    var writer = JSONWriter()
    record.encode(into: &writer)
    return String(decoding: writer.take(), as: UTF8.self)
  }

  @Test(arguments: SignInRecord.Kind.allCases)
  func readsBackAsItWas(_ kind: SignInRecord.Kind) throws {
    var record = try record(kind)
    #expect(try read(text(record)) == record)
    record.idleUntil = Self.time.adding(.seconds(9))
    (record.number, record.issuedAt, record.issuer) = (4, Self.time.adding(.seconds(5)), "https://id.example")
    #expect(try read(text(record)) == record)
  }

  @Test func itLastsUntilItRestsOrEnds() throws {
    var record = try record(.cookie)
    #expect(
      record.lasts(at: Self.time.adding(.seconds(99))) && !record.lasts(at: Self.time.adding(.seconds(100))))
    record.idleUntil = Self.time.adding(.seconds(9))
    #expect(
      record.lasts(at: Self.time.adding(.seconds(8))) && !record.lasts(at: Self.time.adding(.seconds(9))))
    record.idleUntil = Self.time.adding(.seconds(900))
    #expect(record.end == record.expiresAt)
  }

  @Test(arguments: ["id", "user", "kind", "generation", "created_at", "expires_at"])
  func whatMustBeThere(_ member: String) throws {
    let whole = text(try record(.cookie))
    #expect(throws: RecordError.self) {
      try read(whole.replacing("\"\(member)\":", with: "\"x\":"))
    }
  }

  @Test(arguments: [
    "", "short", "with space in it all", String(repeating: "a", count: 65), "0123456789abcde-",
  ])
  func noIDs(_ text: String) { #expect(SignInID(text) == nil) }

  @Test func idsAreOfDigests() {
    let digest = SecretDigest(of: UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(SignInID(SignInID(digest).text) == SignInID(digest))
    #expect(SignInID.random() != SignInID.random() && SignInID(SignInID.random().text) != nil)
  }
}
