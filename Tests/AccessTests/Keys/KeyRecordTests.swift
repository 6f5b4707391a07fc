import JSON
import Limits
import System
import Testing

@testable import Access

extension KeyRecord {
  static let testTime = Timestamp(millisecondsSince1970: 1_800_000_000_123)

  /// With something in each member.
  static var full: KeyRecord {
    var record = KeyRecord(
      id: KeyID("0123456789Az")!, name: "Änne's \"laptop\"", secret: KeyText().secret, createdAt: testTime)
    record.earlier = EarlierSecret(secret: KeyText().secret, validUntil: testTime.adding(.seconds(5)))
    record.isCustom = true
    record.fileSecret = SecretDigest(hexadecimal: String(repeating: "5e", count: 32))
    record.scopes = [.inference, .metrics, .admin]
    record.models = ModelRules(["llama3*", "!*:70b"])
    record.user = UserName("ann@example.org")
    record.team = TeamName("blue")
    record.labels = ["app": "ci", "über": ""]
    record.priority = .batch
    record.weight = 7
    record.expiresAt = testTime.adding(.seconds(3600))
    record.isDisabled = true
    record.allowedIPs = [IPNetwork("192.0.2.0/24")!, IPNetwork("2001:db8::1")!]
    record.mayActForUsers = true
    record.limits = LimitSet(
      rpm: 60, tpd: 1_000_000_000_000_000, concurrent: 4,
      budgets: [
        Budget(unit: .gpuSeconds, period: .month, amount: 3600),
        Budget(unit: .tokens, period: .day, amount: 1),
      ])
    return record
  }
}

/// The documents of keys and teams.
@Suite struct KeyRecordTests {
  private let reader = JSONReader(maximumBytes: 1 << 16)

  private func read(_ text: String, _ source: KeyRecord.Source = .store) throws -> KeyRecord {
    try reader.withDocument(text) { (json) throws(RecordError) in try KeyRecord(json, source: source) }
  }

  private func written(_ record: KeyRecord) -> String {
    var writer = JSONWriter()
    record.encode(into: &writer)
    return String(decoding: writer.take(), as: UTF8.self)
  }

  @Test func readsBack() throws {
    var plain = KeyRecord(id: .random(), name: "k", secret: KeyText().secret, createdAt: KeyRecord.testTime)
    plain.models = ModelRules([])
    plain.allowedIPs = []
    for record in [KeyRecord.full, plain] { #expect(try read(written(record)) == record) }
    plain.models = nil
    plain.allowedIPs = nil
    #expect(try read(written(plain)) == plain)
  }

  @Test func whatIsShownHasNoDigest() {
    var writer = JSONWriter()
    let record = KeyRecord.full
    writer.object { record.encodeMembers(into: &$0, withDigests: false) }
    let text = String(decoding: writer.take(), as: UTF8.self)
    #expect(!text.contains(record.secret.hexadecimal))
    #expect(!text.contains(record.earlier!.secret.hexadecimal))
    #expect(!text.contains("\"hash\""))
  }

  private static let hash = String(repeating: "0f", count: 32)

  @Test func aFileNeedsLess() throws {
    let record = try read(#"{"id":"0123456789Az","name":"k","hash":"\#(Self.hash)"}"#, .file)
    #expect(record.source == .file && record.scopes == [.inference, .chat, .modelsRead])
    #expect(record.models == nil && record.limits.isEmpty && record.weight == 100)
    #expect(throws: RecordError.self) {
      try read(#"{"id":"0123456789Az","name":"k","hash":"\#(Self.hash)"}"#)
    }
  }

  @Test(
    arguments: [
      (#""name": """#, "name"), (#""name": "a\u0007""#, "name"), (#""name": 7"#, "name"),
      (#""id": "0""#, "id"),
      (#""hash": "00""#, "hash"), (#""scopes": ["chat","fly"]"#, "scopes"), (#""scopes": "chat""#, "scopes"),
      (#""models": "llama3""#, "models"), (#""models": [7]"#, "models"), (#""models": ["a b"]"#, "models"),
      (#""user": "a b""#, "user"), (#""team": "é""#, "team"), (#""labels": {"a": 7}"#, "labels"),
      (#""labels": []"#, "labels"), (#""labels": {"": ""}"#, "labels"), (#""priority": "high""#, "priority"),
      (#""weight": 0"#, "weight"), (#""weight": 1001"#, "weight"), (#""weight": 1e300"#, "weight"),
      (#""created_at": "yesterday""#, "created_at"), (#""expires_at": 7"#, "expires_at"),
      (#""disabled": 1"#, "disabled"), (#""allowed_ips": ["10.0.0.1/8"]"#, "allowed_ips"),
      (#""may_act_for_users": "yes""#, "may_act_for_users"), (#""limits": 7"#, "limits"),
      (#""limits": {"rpm": 0}"#, "limits.rpm"), (#""limits": {"rpm": -1}"#, "limits.rpm"),
      (#""limits": {"tpm": 1000000000000001}"#, "limits.tpm"), (#""limits": {"rpm": 1.5}"#, "limits.rpm"),
      (#""limits": {"rps": 1}"#, "limits.rps"), (#""limits": {"budgets": {}}"#, "limits.budgets"),
      (#""limits": {"budgets": [{"unit":"tokens","period":"day"}]}"#, "limits.budgets[0].amount"),
      (#""limits": {"budgets": [{"unit":"usd","period":"day","amount":1}]}"#, "limits.budgets[0].unit"),
      (
        #""limits": {"budgets": [{"unit":"tokens","period":"day","amount":1},{"unit":"tokens","period":"day","amount":2}]}"#,
        "limits.budgets[1]"
      ),
      (#""earlier": {"hash": "00"}"#, "earlier"), (#""alowed_ips": []"#, "alowed_ips"),
      (#""custom": null, "x": 1"#, "x"), (#""file_hash": null"#, "file_hash"),
    ])
  func tellsWhatIsWrong(_ member: String, _ name: String) throws {
    let text = #"{"id":"0123456789Az","name":"k","hash":"\#(Self.hash)",\#(member)}"#
    let error = #expect(throws: RecordError.self) { try read(text, .file) }
    #expect(error?.member == name)
  }

  @Test(arguments: ["[]", "7", "null", "{}", #"{"id":"0123456789Az"}"#, #"{"name":"k"}"#])
  func isNoKey(_ text: String) { #expect(throws: RecordError.self) { try read(text, .file) } }

  @Test func nullGivesBackWhatIsWithoutIt() throws {
    var record = KeyRecord.full
    for member in KeyRecord.Member.allCases where ![.id, .name, .hash, .createdAt].contains(member) {
      try reader.withDocument("null") { (json) throws(RecordError) in try record.set(member, json) }
    }
    var plain = KeyRecord(
      id: record.id, name: record.name, secret: record.secret, createdAt: record.createdAt)
    plain.source = record.source
    #expect(record == plain)
  }

  @Test func teamsReadBack() throws {
    let teams = [
      TeamRecord(name: TeamName("blue")!, createdAt: KeyRecord.testTime),
      TeamRecord(
        name: TeamName("red")!, limits: LimitSet(rpm: 1), models: ModelRules(["!x"]),
        createdAt: KeyRecord.testTime),
    ]
    for team in teams {
      var writer = JSONWriter()
      team.encode(into: &writer)
      let text = String(decoding: writer.take(), as: UTF8.self)
      #expect(try reader.withDocument(text) { (json) throws(RecordError) in try TeamRecord(json) } == team)
    }
    for text in ["{}", #"{"name":""}"#, #"{"name":"a","x":1}"#, #"{"name":"a","limits":{"rpm":0}}"#, "[]"] {
      #expect(throws: RecordError.self) {
        try reader.withDocument(text) { (json) throws(RecordError) in try TeamRecord(json) }
      }
    }
  }

  /// Whatever a document says, reading it ends, and what is read is written as it is read.
  @Test func mangledDocumentsAreRefusedOrReadBack() throws {
    let text = Array(written(.full).utf8)
    for _ in 0..<3000 {
      var mangled = text
      for _ in 0..<Int.random(in: 1...4) {
        switch Int.random(in: 0..<3) {
        case 0: mangled[Int.random(in: mangled.indices)] = UInt8.random(in: 0x20...0x7E)
        case 1: mangled.remove(at: Int.random(in: mangled.indices))
        default: mangled.insert(contentsOf: mangled[..<20], at: Int.random(in: mangled.indices))
        }
      }
      guard let record = try? read(String(decoding: mangled, as: UTF8.self)) else { continue }
      #expect(try read(written(record)) == record)
    }
  }
}

@Suite struct ScopesTests {
  @Test func namesReadBack() {
    for name in Scopes.allNames { #expect(Scopes(name: name)?.names == [name]) }
    #expect(Scopes(names: Scopes.allNames)?.names == Scopes.allNames)
    #expect(Scopes(names: ["chat", "Chat"]) == nil && Scopes(name: "admin.") == nil)
    #expect(Scopes(names: [])?.isEmpty == true)
  }

  @Test func presetsAreLiteLLMs() {
    #expect(Scopes.Preset.allCases.map(\.rawValue) == ["llm_api", "management", "read_only", "default"])
    #expect(!Scopes.Preset.standard.scopes.contains(.admin))
    #expect(Scopes.Preset.readOnly.scopes.isDisjoint(with: [.admin, .modelsManage, .inference]))
  }
}
