import Bytes
import HTTPFields
import System
import Testing

@testable import Access

/// What comes of the keys that a request shows, and where it may show them.
@Suite struct KeyVerdictTests {
  private static let now = Timestamp(millisecondsSince1970: 1_800_000_000_000)
  private static let later = now.adding(.seconds(60))

  private let key = KeyText()
  private let other = KeyText()

  private func record(_ key: KeyText, _ change: (inout KeyRecord) -> Void = { _ in }) -> KeyRecord {
    var record = KeyRecord(id: key.id, name: "test", secret: key.secret, createdAt: Self.now)
    record.isCustom = key.isCustom
    change(&record)
    return record
  }

  private func directory(_ records: KeyRecord...) -> KeyDirectory {
    KeyDirectory(keys: records, teams: [], isClosed: true)
  }

  private func verdict(
    _ fields: FieldSection, _ directory: KeyDirectory, query: String? = nil,
    from address: String? = "192.0.2.7",
    at now: Timestamp = now
  ) -> KeyVerdict {
    var memory = KeyMemory()
    let address = address.flatMap { IPAddress($0) }
    let first = directory.verdict(for: fields, queryKey: query, from: address, at: now, remembering: &memory)
    // What is remembered changes nothing.
    let second = directory.verdict(for: fields, queryKey: query, from: address, at: now, remembering: &memory)
    #expect("\(first.outcome)" == "\(second.outcome)")
    return first
  }

  private static func basic(_ password: String) -> String {
    let pair = Array("any user:\(password)".utf8)
    let digits = [UInt8](unsafeUninitializedCapacity: Base64.count(of: pair.count)) { buffer, count in
      count = pair.withUnsafeBytes { Base64.write($0, from: 0, into: UnsafeMutableRawBufferPointer(buffer)) }
    }
    return "Basic " + String(decoding: digits, as: UTF8.self)
  }

  @Test func isTakenFromEachPlace() {
    let directory = directory(record(key))
    let places: [FieldSection] = [
      [("Authorization", "Bearer \(key.text)")], [("authorization", "bearer   \(key.text)")],
      [("X-Api-Key", key.text)], [("api-key", key.text)], [("Authorization", Self.basic(key.text))],
      [("Sec-WebSocket-Protocol", "og.v1, og.key.\(key.text)")],
      [("Sec-WebSocket-Protocol", "og.v1"), ("Sec-WebSocket-Protocol", "og.key.\(key.text) ")],
      [("Authorization", "Bearer ollama"), ("x-api-key", key.text)],
      [("Authorization", "Bearer \(key.text)"), ("x-api-key", key.text)],
    ]
    for fields in places {
      #expect(verdict(fields, directory).grant?.key?.id == key.id, "\(Array(fields))")
    }
    #expect(verdict([], directory, query: key.text).grant?.key?.id == key.id)
  }

  @Test func isNotTakenFromElsewhere() {
    let directory = directory(record(key))
    let places: [FieldSection] = [
      [("Authorization", key.text)], [("Authorization", "Token \(key.text)")],
      [("Cookie", "key=\(key.text)")],
      [("X-Key", key.text)], [("Sec-WebSocket-Protocol", key.text)], [("Authorization", "Basic \(key.text)")],
      [("Proxy-Authorization", "Bearer \(key.text)")], [],
    ]
    for fields in places { #expect(verdict(fields, directory).outcome == .noKey, "\(Array(fields))") }
  }

  @Test(
    "What clients send that must send something is no key",
    arguments: [
      "ollama", "sk-no-key-required", "dummy", "", "sk-", "sk-og", "null",
      "sk-proj-" + String(repeating: "x", count: 48),
      String(repeating: "é", count: 40), String(repeating: "a", count: 4000),
    ])
  func isNoKey(_ text: String) throws {
    let custom = try #require(KeyText(custom: "sk-lite-llm-0123456789abcdefghijkl"))
    for directory in [directory(record(key)), directory(record(key), record(custom)), .empty] {
      #expect(verdict([("Authorization", "Bearer \(text)")], directory).outcome == .noKey)
      #expect(verdict([("x-api-key", text)], directory).outcome == .noKey)
    }
  }

  @Test func whatHasOurFormAndIsWrongIsAFault() {
    let directory = directory(record(key))
    #expect(verdict([("x-api-key", other.text)], directory).outcome == .wrong(.unknown))
    #expect(verdict([("x-api-key", other.text)], .empty).outcome == .wrong(.unknown))
    #expect(verdict([("x-api-key", "sk-og-")], directory).outcome == .wrong(.malformed))
    #expect(verdict([("x-api-key", key.text + "0")], directory).outcome == .wrong(.malformed))
    let stolen = KeyText(id: key.id)
    #expect(verdict([("x-api-key", stolen.text)], directory).outcome == .wrong(.wrongSecret))
  }

  /// A file may have the hash of one key beside the public part of another: it opens nothing.
  @Test func aDigestIsOfItsOwnKeyAlone() {
    let directory = directory(record(key) { $0.secret = other.secret })
    #expect(verdict([("x-api-key", other.text)], directory).outcome == .wrong(.unknown))
    #expect(verdict([("x-api-key", key.text)], directory).outcome == .wrong(.wrongSecret))
  }

  @Test func twoDifferentKeysAreNotGuessedAt() {
    let directory = directory(record(key), record(other))
    let unknown = KeyText()
    let two: [FieldSection] = [
      [("x-api-key", key.text), ("api-key", other.text)],
      [("x-api-key", key.text), ("api-key", unknown.text)],
      [("x-api-key", unknown.text), ("api-key", key.text)],
      [("x-api-key", unknown.text), ("api-key", "sk-og-x")],
    ]
    for fields in two { #expect(verdict(fields, directory).outcome == .wrong(.twoKeys)) }
    #expect(verdict([("x-api-key", key.text)], directory, query: other.text).outcome == .wrong(.twoKeys))
    // One wrong key in two places is one wrong key.
    let one: FieldSection = [("x-api-key", unknown.text), ("api-key", unknown.text)]
    #expect(verdict(one, directory).outcome == .wrong(.unknown))
  }

  @Test func aDisabledKeyInTwoPlacesIsOne() {
    let directory = directory(record(key) { $0.isDisabled = true })
    let fields: FieldSection = [("x-api-key", key.text), ("Authorization", "Bearer \(key.text)")]
    #expect(verdict(fields, directory).outcome == .wrong(.disabled))
  }

  @Test func onlyWhoHasTheSecretHearsOfTheKey() {
    let guess = KeyText(id: key.id)
    let changes: [(KeyFault, (inout KeyRecord) -> Void)] = [
      (.disabled, { $0.isDisabled = true }), (.expired, { $0.expiresAt = Self.now }),
      (.address, { $0.allowedIPs = [IPNetwork("198.51.100.0/24")!] }), (.address, { $0.allowedIPs = [] }),
    ]
    for (fault, change) in changes {
      let directory = directory(record(key, change))
      #expect(verdict([("x-api-key", key.text)], directory).outcome == .wrong(fault))
      #expect(verdict([("x-api-key", guess.text)], directory).outcome == .wrong(.wrongSecret))
    }
  }

  @Test func expiresToTheMillisecond() {
    let directory = directory(record(key) { $0.expiresAt = Self.now })
    let before = Timestamp(millisecondsSince1970: Self.now.millisecondsSince1970 - 1)
    #expect(verdict([("x-api-key", key.text)], directory, at: before).grant != nil)
    #expect(verdict([("x-api-key", key.text)], directory, at: Self.now).outcome == .wrong(.expired))
  }

  @Test func addressesAreThoseOfItsNetworks() {
    let directory = directory(
      record(key) { $0.allowedIPs = [IPNetwork("192.0.2.0/24")!, IPNetwork("2001:db8::/32")!] })
    for address in ["192.0.2.1", "2001:db8::7"] {
      #expect(verdict([("x-api-key", key.text)], directory, from: address).grant != nil)
    }
    for address in ["192.0.3.1", "2001:db9::7", nil] {
      #expect(verdict([("x-api-key", key.text)], directory, from: address).outcome == .wrong(.address))
    }
  }

  @Test func bothSecretsAreValidDuringAGrace() {
    let new = KeyText(id: key.id)
    let directory = directory(record(new) { $0.earlier = .init(secret: key.secret, validUntil: Self.later) })
    for text in [key.text, new.text] {
      #expect(verdict([("x-api-key", text)], directory).grant?.key?.id == key.id)
    }
    #expect(verdict([("x-api-key", new.text)], directory, at: Self.later).grant != nil)
    #expect(verdict([("x-api-key", key.text)], directory, at: Self.later).outcome == .wrong(.wrongSecret))
  }

  @Test func theGraceEndsForWhatIsRememberedToo() {
    let new = KeyText(id: key.id)
    let directory = directory(record(new) { $0.earlier = .init(secret: key.secret, validUntil: Self.later) })
    var memory = KeyMemory()
    func outcome(at now: Timestamp) -> KeyVerdict.Outcome {
      directory.verdict(for: key.text, from: nil, at: now, remembering: &memory).outcome
    }
    #expect(outcome(at: Self.now) == .grant(key.id))
    #expect(outcome(at: Self.later) == .wrong(.wrongSecret))
  }

  @Test func customKeysAreFoundByTheWhole() throws {
    let custom = try #require(KeyText(custom: "sk-lite-llm-0123456789abcdefghijkl"))
    let next = try #require(KeyText(custom: "sk-lite-llm-0123456789abcdefghijkm", id: custom.id))
    let directory = directory(
      record(next) { $0.earlier = .init(secret: custom.secret, isCustom: true, validUntil: Self.later) },
      record(key))
    for text in [custom.text, next.text] {
      #expect(verdict([("Authorization", "Bearer \(text)")], directory).outcome == .grant(custom.id))
    }
    let after = verdict([("Authorization", "Bearer \(custom.text)")], directory, at: Self.later)
    #expect(after.outcome == .wrong(.wrongSecret))
    let unknown = verdict([("Authorization", "Bearer \(custom.text)x")], directory)
    #expect(unknown.outcome == .noKey)
  }

  /// A digest alone, put where ours is looked for, opens nothing.
  @Test func aCustomKeyIsNotShownInOurForm() {
    let directory = directory(record(key) { $0.isCustom = true })
    #expect(verdict([("x-api-key", key.text)], directory).outcome == .wrong(.unknown))
  }

  /// A key that was made elsewhere gets one of ours, and the other way round: both are valid during the grace.
  @Test(arguments: [true, false]) func aRotationMayChangeTheForm(toOurs: Bool) throws {
    let ours = KeyText()
    let custom = try #require(KeyText(custom: String(repeating: "c", count: 40), id: ours.id))
    let (old, new) = toOurs ? (custom, ours) : (ours, custom)
    func directory(until end: Timestamp) -> KeyDirectory {
      self.directory(
        record(new) {
          $0.isCustom = new.isCustom
          $0.earlier = .init(secret: old.secret, isCustom: old.isCustom, validUntil: end)
        })
    }
    for (end, isValid) in [(Self.later, true), (Self.now, false)] {
      var memory = KeyMemory()
      let directory = directory(until: end)
      guard
        case .grant = directory.verdict(for: new.text, from: nil, at: Self.now, remembering: &memory)
      else { Issue.record("the new one"); return }
      let verdict = directory.verdict(for: old.text, from: nil, at: Self.now, remembering: &memory)
      if case .grant = verdict { #expect(isValid) } else { #expect(!isValid) }
      #expect(directory.grant(meantBy: new.text)?.key?.id == new.id)
      #expect(directory.grant(meantBy: custom.secret.hexadecimal)?.key?.id == new.id)
      #expect(directory.grant(meantBy: new.id.text)?.key?.id == new.id)
      #expect(directory.grant(meantBy: KeyText(id: ours.id).text) == nil, "another secret")
    }
  }

  @Test func anotherDirectoryForgets() {
    var memory = KeyMemory()
    let first = directory(record(key))
    #expect(
      first.verdict(for: key.text, from: nil, at: Self.now, remembering: &memory).outcome == .grant(key.id))
    let second = directory(record(other))
    #expect(
      second.verdict(for: key.text, from: nil, at: Self.now, remembering: &memory).outcome == .wrong(.unknown)
    )
    let third = directory(record(key) { $0.scopes = .metrics })
    let grant = third.verdict(for: key.text, from: nil, at: Self.now, remembering: &memory).grant
    #expect(grant?.scopes == .metrics)
  }

  @Test func tenThousandKeysAreEachFound() {
    let keys = (0..<10_000).map { _ in KeyText() }
    let directory = KeyDirectory(keys: keys.map { record($0) }, teams: [], isClosed: true)
    var memory = KeyMemory()
    for key in keys + keys.reversed() {
      let verdict = directory.verdict(for: key.text, from: nil, at: Self.now, remembering: &memory)
      #expect(verdict.outcome == .grant(key.id))
    }
  }

  @Test func manyTextsAreNotAllDigested() throws {
    let custom = try #require(KeyText(custom: "sk-lite-llm-0123456789abcdefghijkl"))
    let fields = FieldSection(
      (0..<100).map { (name: "x-api-key", value: "sk-of-somebody-else-0123456789-\($0 + 100)") })
    #expect(verdict(fields, directory(record(custom))).outcome == .wrong(.twoKeys))
    #expect(verdict(fields, directory(record(key))).outcome == .noKey)
  }

  /// Bytes of no meaning, and keys with some of them changed: whatever comes of them, it is no grant.
  @Test func randomBytesAreNeverGranted() throws {
    let custom = try #require(KeyText(custom: "sk-lite-llm-0123456789abcdefghijkl"))
    let directory = directory(record(key), record(custom))
    var memory = KeyMemory()
    let names = ["authorization", "x-api-key", "api-key", "sec-websocket-protocol"]
    let beginnings = [
      "", "Bearer ", "Basic ", "og.key.", "og.v1, og.key.", "sk-og-", "Bearer sk-og-", ",,,og.key.",
    ]
    for _ in 0..<20_000 {
      var value = Array((beginnings.randomElement() ?? "").utf8)
      if Bool.random() {
        value += key.text.utf8
        for _ in 0..<Int.random(in: 1...3) {
          value[Int.random(in: value.indices)] = UInt8.random(in: 0...255)
        }
        if value.suffix(62).elementsEqual(key.text.utf8) { continue }
      } else {
        value += (0..<Int.random(in: 0...80)).map { _ in UInt8.random(in: 0...255) }
      }
      var fields = FieldSection()
      let name = Array((names.randomElement() ?? "").utf8)
      name.withUnsafeBytes { name in value.withUnsafeBytes { fields.append(name: name, value: $0) } }
      let verdict = directory.verdict(for: fields, from: nil, at: Self.now, remembering: &memory)
      #expect(verdict.grant == nil)
    }
  }

  @Test func ownersAreUsersElseKeys() throws {
    let user = try #require(UserName("ann"))
    #expect(Grant(record(key), team: nil).principal.id == .key(key.id))
    let ann = UserRecord(id: try #require(UserID(7)), name: user, createdAt: Self.now)
    let grant = Grant(record(key) { $0.user = user }, user: ann, team: nil)
    #expect(grant.principal.id == .user(ann.id) && grant.holder == .key(key.id))
    #expect(grant.principal.grant === grant)
    #expect(!grant.principal.mayAdminister)
    let admin = Grant(record(key) { $0.scopes = .admin }, team: nil)
    #expect(admin.principal.mayAdminister && admin.scopes.contains(.adminRead))
  }
}

extension KeyVerdict {
  enum Outcome: Equatable {
    case noKey
    case grant(KeyID)
    case wrong(KeyFault)
  }

  var outcome: Outcome {
    switch self {
    case .noKey: .noKey
    case .grant(let grant, _): grant.key.map { .grant($0.id) } ?? .noKey
    case .wrong(let fault): .wrong(fault)
    }
  }

  var grant: Grant? {
    if case .grant(let grant, _) = self { grant } else { nil }
  }
}
