import Access
import GatewayTesting
import Glibc
import Limits
import Testing

@testable import Configuration

/// The file of keys, and that of the first administrator's.
@Suite struct KeysFileTests {
  private static let hash = String(repeating: "0f", count: 32)
  private static let other = String(repeating: "f0", count: 32)

  private func keys(_ text: String) throws -> [KeyRecord] { try KeysFile.keys(of: text, path: "k.yaml") }

  @Test func readsAllThatAKeyHas() throws {
    let keys = try keys(
      """
      # Made by: ollama-gateway keys show --hash
      - id: 0123456789Az
        name: ci
        hash: \(Self.hash)
        scopes: [inference, models.read]
        models: ["llama3*", "!*:70b"]
        user: ann
        team: blue
        labels: {rpm: 60, on: yes}
        priority: batch
        weight: 7
        created_at: 2026-01-31
        expires_at: 2026-12-31T00:00:00Z
        disabled: yes
        allowed_ips: [10.0.0.0/8]
        may_act_for_users: true
        limits:
          rpm: 60
          budgets:
            - {unit: tokens, period: month, amount: 1000000}
      - {id: "123456789012", name: 12, hash: \(Self.other), custom: true, models: [], expires_at: }
      """)
    let key = try #require(keys.first)
    #expect(keys.count == 2 && key.id.text == "0123456789Az" && key.secret.hexadecimal == Self.hash)
    #expect(key.source == .file && key.scopes == [.inference, .modelsRead] && key.weight == 7)
    #expect(key.labels == ["rpm": "60", "on": "yes"] && key.isDisabled && key.mayActForUsers)
    #expect(key.models?.texts == ["llama3*", "!*:70b"] && key.priority == .batch && key.user?.text == "ann")
    #expect(
      key.limits == LimitSet(rpm: 60, budgets: [Budget(unit: .tokens, period: .month, amount: 1_000_000)]))
    #expect(key.allowedIPs == [IPNetwork("10.0.0.0/8")!])
    #expect(
      keys[1].name == "12" && keys[1].isCustom && keys[1].models?.texts == [] && keys[1].expiresAt == nil)
  }

  /// A user is made by it, and names stand in logs.
  @Test func noNameOfAFileHasAKeyOrMeansSomebodyElse() {
    let key = KeyText().text
    for (member, value) in [
      ("user", "user:7"), ("user", "proxy/user:ann"), ("user", key), ("team", key), ("name", key),
      ("labels", "{note: \(key)}"), ("labels", "{\(key): note}"),
    ] {
      let name = member == "name" ? "" : "name: ci\n  "
      #expect {
        try keys("- id: 0123456789Az\n  \(name)hash: \(Self.hash)\n  \(member): \(value)\n")
      } throws: {
        let words = "\($0)"
        return words.contains(member) && words.contains("k.yaml") && !words.contains(key)
      }
    }
  }

  @Test func anEmptyListIsOne() throws {
    #expect(try keys("[]").isEmpty)
    #expect(try keys("---\n[] # nobody\n").isEmpty)
  }

  @Test(arguments: [
    ("", #"k.yaml: takes a list of keys, such as "- {id: …, name: …, hash: …}", or []"#),
    ("# all gone\n", #"k.yaml: takes a list of keys, such as "- {id: …, name: …, hash: …}", or []"#),
    ("keys: []", #"k.yaml:1: takes a list of keys, such as "- {id: …, name: …, hash: …}", or []"#),
    ("- ci", "k.yaml:1: takes a map of id, name, hash and what else a key has"),
    ("- {name: ci, hash: \(hash)}", "k.yaml:1: keys.id takes the public part of a key"),
    (
      "- {id: 0123456789Az, hash: \(hash)}",
      "k.yaml:1: keys.name takes a name of 1-100 bytes without control characters"
    ),
    ("- {id: 0123456789Az, name: ci}", "k.yaml:1: keys.hash takes the SHA-256 of a key"),
    (
      "- {id: 0123456789Az, name: ci, hash: \(hash), alowed_ips: []}",
      #"k.yaml:1: keys: unknown key "alowed_ips"; did you mean allowed_ips?"#
    ),
    (
      "- {id: 0123456789Az, name: ci, hash: \(hash), disabled: no, disabled: yes}",
      "k.yaml:1: keys.disabled stands there twice"
    ),
    (
      "- id: 0123456789Az\n  name: ci\n  hash: \(hash)\n  limits:\n    rpm: 0",
      "k.yaml:4: keys.limits.rpm takes a whole number from 1 to 1000000000000000"
    ),
    (
      "- id: 0123456789Az\n  name: ci\n  hash: \(hash)\n  limits:\n    rpm: many",
      "k.yaml:4: keys.limits.rpm takes a whole number from 1 to 1000000000000000"
    ),
    (
      "- {id: 0123456789Az, name: ci, hash: \(hash)}\n- {id: 0123456789Az, name: cd, hash: \(other)}",
      "k.yaml:2: has the id 0123456789Az twice"
    ),
    (
      "- {id: 0123456789Az, name: ci, hash: \(hash)}\n- {id: 0123456789AZ, name: cd, hash: \(hash)}",
      "k.yaml:2: has a hash twice"
    ),
    ("- {id: &a 0123456789Az}", "k.yaml:1: "),
  ])
  func tellsWhatIsWrong(_ text: String, _ line: String) {
    let error = #expect(throws: ConfigurationError.self) { try keys(text) }
    #expect(error?.description.hasPrefix(line) == true, "\(error?.description ?? "none")")
  }

  /// A file that is cut anywhere lets in nobody that the whole does not.
  @Test func aHalfWrittenFileIsRefusedOrHasFewerKeys() throws {
    let text = (0..<3).map {
      "- {id: 0123456789A\($0), name: key, hash: \(String(repeating: "\($0)f", count: 32))}\n"
    }
    .joined()
    let whole = try keys(text)
    for count in 0..<text.utf8.count {
      guard let part = try? keys(String(decoding: text.utf8.prefix(count), as: UTF8.self)) else { continue }
      #expect(part == Array(whole.prefix(part.count)) && !part.isEmpty)
    }
  }

  /// What the documents show is one.
  @Test func theExampleOfTheDocumentsIsRead() throws {
    let text = try ProjectFile.text("docs/access.md")
    let start = try #require(text.firstRange(of: "# keys.yaml\n"))
    let end = try #require(text[start.upperBound...].firstRange(of: "```"))
    let keys = try keys(String(text[start.lowerBound..<end.lowerBound]))
    #expect(keys.count == 1 && keys[0].isCustom && !keys[0].limits.isEmpty && keys[0].models != nil)
  }

  /// Whatever a file says, reading it ends.
  @Test func mangledFilesAreReadOrRefused() {
    let whole = Array(
      "- {id: 0123456789Az, name: ci, hash: \(Self.hash), limits: {rpm: 60, budgets: [{unit: tokens, period: day}]}}\n"
        .utf8)
    for _ in 0..<2000 {
      var mangled = whole
      for _ in 0..<Int.random(in: 1...5) {
        mangled[Int.random(in: mangled.indices)] = ("\n\t -:{}[]&*!|>'\"#%,0é".utf8.randomElement() ?? 0)
      }
      _ = try? KeysFile.keys(of: String(decoding: mangled, as: UTF8.self), path: "k.yaml")
    }
  }

  @Test func filesOfEveryKind() throws {
    let folder = TemporaryFolder()
    let path = folder.file("keys.yaml", "- {id: 0123456789Az, name: ci, hash: \(Self.hash)}")
    #expect(try KeysFile(path: path).keys.map(\.name) == ["ci"])
    #expect(throws: ConfigurationError.self) { try KeysFile(path: path + "x") }
    #expect(throws: ConfigurationError.self) { try KeysFile(path: "/dev/zero") }
    #expect(throws: ConfigurationError.self) { try KeysFile(path: "/") }
  }

  @Test func aFileOfAnAdministratorsKey() throws {
    let folder = TemporaryFolder()
    let key = KeyText()
    let ours = try AdminKeyFile(path: folder.file("ours", "\n \(key.text) \n"))
    #expect(ours.key.id == key.id && ours.key.secret == key.secret)
    let custom = try AdminKeyFile(path: folder.file("custom", String(repeating: "x", count: 32) + "\n"))
    #expect(custom.key.isCustom)
    for text in [
      "", "short", key.text.dropLast() + "?", String(repeating: "x", count: 32) + "\n# comment",
      key.text + "0",
    ] {
      let error = #expect(throws: ConfigurationError.self) {
        try AdminKeyFile(path: folder.file("bad", String(text)))
      }
      #expect(error?.description.contains(key.text.dropLast(4)) != true)
    }
  }

  @Test func filesThatOthersMayWriteAreTold() throws {
    let folder = TemporaryFolder()
    let path = folder.file("admin", KeyText().text)
    #expect(chmod(path, 0o600) == 0)
    #expect(try AdminKeyFile(path: path).notices.isEmpty)
    #expect(chmod(path, 0o644) == 0)
    #expect(try AdminKeyFile(path: path).notices.count == 1)
    let keys = folder.file("keys", "[]")
    #expect(chmod(keys, 0o644) == 0)
    #expect(try KeysFile(path: keys).notices.isEmpty)
    #expect(chmod(keys, 0o666) == 0)
    #expect(try KeysFile(path: keys).notices.count == 1)
  }

  @Test func anonymousLimitsAreAMapInTheFile() throws {
    let folder = TemporaryFolder()
    func limits(_ text: String) throws -> LimitSet {
      try resolve(file: folder.file("g.yaml", text)).configuration.anonymous
    }
    let budget = Budget(unit: .tokens, period: .month, amount: 7)
    #expect(
      try limits("anonymous: {rpm: 60, budgets: [{unit: tokens, period: month, amount: 7}]}")
        == LimitSet(rpm: 60, budgets: [budget]))
    #expect(try limits("anonymous: rpm=60,budget=7tokens/month") == LimitSet(rpm: 60, budgets: [budget]))
    #expect(try limits("anonymous: {}") == .none)
    #expect(try limits("anonymous: off") == .none)
    for text in [
      "anonymous: {rpm: x}", "anonymous: {rps: 1}", "anonymous: [{rpm: 1}]", "anonymous: {rpm: 1, rpm: 2}",
      "anonymous: [rpm=1]",
    ] {
      #expect(throws: ConfigurationError.self) { try limits(text) }
    }
  }
}
