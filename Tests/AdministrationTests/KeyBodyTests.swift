import Access
import Handling
import Limits
import System
import Testing

@testable import Administration

/// Bodies of the admin API, good and bad.
@Suite struct KeyBodyTests {
  @Test func aKeyWithEverything() throws {
    let new = try Reading.newKey(
      """
      {"name":"ci","type":"llm_api","models":["llama3*","!*:70b"],"user":"ann","team":"research","labels":{"x":"y"},
       "priority":"batch","weight":7,"expires_in":"90d","disabled":true,"allowed_ips":["10.0.0.0/8","::1"],
       "may_act_for_users":true,"limits":{"rpm":60,"rpd":61,"tpm":62,"tpd":63,"concurrent":4,"streams":5,"websockets":6,
       "budgets":[{"unit":"tokens","period":"month","amount":100},{"unit":"gpu_seconds","period":"total","amount":7}]}}
      """
    ).get()
    let record = new.record
    #expect(record.id == new.text.id && record.secret == new.text.secret && !record.isCustom)
    #expect(new.text.text.hasPrefix("sk-og-\(record.id)-"))
    #expect(record.name == "ci" && record.scopes == [.inference, .modelsRead])
    #expect(record.models?.texts == ["llama3*", "!*:70b"])
    #expect(record.user == UserName("ann") && record.team == TeamName("research"))
    #expect(record.labels == ["x": "y"] && record.priority == .batch && record.weight == 7)
    #expect(record.expiresAt == Reading.now.adding(.seconds(90 * 86_400)))
    #expect(record.isDisabled && record.mayActForUsers && record.createdAt == Reading.now)
    #expect(record.allowedIPs?.map(\.description) == ["10.0.0.0/8", "::1/128"])
    #expect(
      record.limits
        == LimitSet(
          rpm: 60, rpd: 61, tpm: 62, tpd: 63, concurrent: 4, streams: 5, websockets: 6,
          budgets: [
            Budget(unit: .tokens, period: .month, amount: 100),
            Budget(unit: .gpuSeconds, period: .total, amount: 7),
          ]))
  }

  @Test func aNameIsEnough() throws {
    let record = try Reading.newKey(#"{"name":"n"}"#).get().record
    #expect(record.scopes == Scopes.Preset.standard.scopes && record.models == nil && record.limits.isEmpty)
    #expect(record.expiresAt == nil && !record.isDisabled && record.allowedIPs == nil)
  }

  @Test("Nothing is all models, and an empty list is none") func models() throws {
    #expect(try Reading.newKey(#"{"name":"n","models":null}"#).get().record.models == nil)
    #expect(try Reading.newKey(#"{"name":"n","models":[]}"#).get().record.models?.texts == [])
  }

  @Test func aKeyThatWasMadeElsewhere() throws {
    let text = "sk-1234567890123456789012345678901234"
    let new = try Reading.newKey(#"{"name":"n","key":"\#(text)"}"#).get()
    #expect(new.record.isCustom && new.text.text == text && new.record.secret == new.text.secret)
  }

  private static let bad: [(String, String)] = [
    ("[]", "422 -"), ("7", "422 -"), ("null", "422 -"), ("{", "400 -"), ("", "400 -"),
    ("{}", "422 name"), (#"{"name":null}"#, "422 name"), (#"{"name":""}"#, "422 name"),
    (#"{"name":7}"#, "422 name"), (#"{"name":"a\u0000"}"#, "422 name"), (#"{"name":"a\nb"}"#, "422 name"),
    (#"{"name":"\#(String(repeating: "x", count: 101))"}"#, "422 name"),
    (#"{"name":"n","colour":1}"#, "422 colour"), (#"{"name":"n","Name":1}"#, "422 Name"),
    (#"{"name":"n","id":"4fXc0aQ2mZ9T"}"#, "422 id"), (#"{"name":"n","hash":"00"}"#, "422 hash"),
    (#"{"name":"n","created_at":"2026-01-01T00:00:00Z"}"#, "422 created_at"),
    (#"{"name":"n","name":"m"}"#, "422 name"),
    (#"{"name":"n","scopes":"admin"}"#, "422 scopes"), (#"{"name":"n","scopes":["root"]}"#, "422 scopes"),
    (#"{"name":"n","scopes":[1]}"#, "422 scopes"), (#"{"name":"n","type":"god"}"#, "422 type"),
    (#"{"name":"n","type":"default","scopes":["chat"]}"#, "422 type"),
    (#"{"name":"n","models":"llama3"}"#, "422 models"), (#"{"name":"n","models":["a b"]}"#, "422 models"),
    (#"{"name":"n","models":[7]}"#, "422 models"),
    (#"{"name":"n","user":"a b"}"#, "422 user"), (#"{"name":"n","user":""}"#, "422 user"),
    (#"{"name":"n","team":"é"}"#, "422 team"), (#"{"name":"n","labels":[]}"#, "422 labels"),
    (#"{"name":"n","labels":{"":"x"}}"#, "422 labels"), (#"{"name":"n","labels":{"a":1}}"#, "422 labels"),
    (#"{"name":"n","priority":"urgent"}"#, "422 priority"), (#"{"name":"n","weight":0}"#, "422 weight"),
    (#"{"name":"n","weight":1001}"#, "422 weight"), (#"{"name":"n","weight":1.5}"#, "422 weight"),
    (#"{"name":"n","weight":"7"}"#, "422 weight"), (#"{"name":"n","disabled":"yes"}"#, "422 disabled"),
    (#"{"name":"n","expires_at":"tomorrow"}"#, "422 expires_at"),
    (#"{"name":"n","expires_at":"2020-01-01T00:00:00Z"}"#, "422 expires_at"),
    (#"{"name":"n","expires_in":"90"}"#, "422 expires_in"),
    (#"{"name":"n","expires_in":90}"#, "422 expires_in"),
    (#"{"name":"n","expires_in":"0s"}"#, "422 expires_in"),
    (#"{"name":"n","expires_in":"1d","expires_at":"2036-01-01T00:00:00Z"}"#, "422 expires_in"),
    (#"{"name":"n","allowed_ips":["10.0.0.1/8"]}"#, "422 allowed_ips"),
    (#"{"name":"n","allowed_ips":"10.0.0.0/8"}"#, "422 allowed_ips"),
    (#"{"name":"n","may_act_for_users":1}"#, "422 may_act_for_users"),
    (#"{"name":"n","limits":[]}"#, "422 limits"), (#"{"name":"n","limits":{"rpm":0}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rpm":-1}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rpm":1.5}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rpm":1e300}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rpm":99999999999999999999999}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rps":1}}"#, "422 limits.rps"),
    (#"{"name":"n","limits":{"rpm":1,"tpm":1,"rpm":2}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"rpm":1,"rp\u006d":null}}"#, "422 limits.rpm"),
    (#"{"name":"n","limits":{"budgets":[],"budgets":null}}"#, "422 limits.budgets"),
    (
      #"{"name":"n","limits":{"budgets":[{"unit":"tokens","period":"day","amount":1,"amount":9}]}}"#,
      "422 limits.budgets[0].amount"
    ),
    (
      #"{"name":"n","limits":{"budgets":[{"unit":"euros","period":"month","amount":1}]}}"#,
      "422 limits.budgets[0].unit"
    ),
    (
      #"{"name":"n","limits":{"budgets":[{"unit":"tokens","period":"year","amount":1}]}}"#,
      "422 limits.budgets[0].period"
    ),
    (
      #"{"name":"n","limits":{"budgets":[{"unit":"tokens","period":"day"}]}}"#, "422 limits.budgets[0].amount"
    ),
    (#"{"name":"n","key":"short"}"#, "422 key"), (#"{"name":"n","key":7}"#, "422 key"),
    (#"{"name":"n","key":"sk-og-4fXc0aQ2mZ9T-0000000000000000000000000000000000000000000"}"#, "422 key"),
  ]

  @Test(arguments: bad) func isRefusedByItsField(_ body: String, _ failure: String) {
    #expect(Reading.newKey(body).failure == failure, "\(body)")
  }

  /// What a client has chosen comes back shortened, and stops nothing.
  @Test func hostileBodies() {
    let long = String(repeating: "\u{301}", count: 20_000)
    for body in [
      #"{"name":"n","\#(long)":1}"#, #"{"name":"\#(long)"}"#, #"{"name":"n","user":"\#(long)"}"#,
      #"{"name":"n","models":["\#(long)"]}"#, #"{"name":"n","labels":{"\#(long)":"x"}}"#,
      #"{"name":"n","expires_in":"\#(long)"}"#, #"{"name":"n","expires_in":"99999999999999999999d"}"#,
      #"{"name":"n","key":"\#(long)"}"#, #"{"name":"n","type":"\#(long)"}"#,
      "{" + (0..<1000).map { #""m\#($0)":0"# }.joined(separator: ",") + "}",
      #"{"name":"n","models":["# + (0..<101).map { _ in #""a""# }.joined(separator: ",") + "]}",
      #"{"name":"n","labels":{"# + (0..<33).map { #""l\#($0)":"x""# }.joined(separator: ",") + "}}",
      #"{"name":"n","limits":{"budgets":["#
        + (0..<9).map { _ in #"{"unit":"tokens","period":"day","amount":1}"# }.joined(separator: ",") + "]}}",
      String(repeating: "[", count: 5000),
    ] {
      let read = Reading.newKey(body)
      #expect(read.value == nil)
      if case .failure(let failure) = read {
        #expect(failure.status == 422 || failure.status == 400)
        #expect(failure.detail.utf8.count < 2000)
      }
    }
  }

  // MARK: Changes

  @Test func whatIsNotNamedStays() throws {
    let changed = try Reading.change(#"{"limits":{"rpm":120}}"#).get()
    #expect(changed.limits.rpm == 120 && changed.limits.tpm == 1000 && changed.name == "before")
    #expect(changed.user == UserName("ann") && changed.labels == ["a": "1", "b": "2"])
    #expect(try Reading.change("{}").get() == Reading.record)
  }

  @Test func nullTakesAway() throws {
    let changed = try Reading.change(
      #"{"limits":{"tpm":null},"labels":{"a":null,"c":"3"},"user":null,"expires_at":null}"#
    ).get()
    #expect(changed.limits == LimitSet(rpm: 60) && changed.labels == ["b": "2", "c": "3"])
    #expect(changed.user == nil && changed.expiresAt == nil)
    let empty = try Reading.change(#"{"limits":null,"labels":null}"#).get()
    #expect(empty.limits.isEmpty && empty.labels.isEmpty)
  }

  @Test func aKeyCannotBeChangedToAnother() {
    #expect(Reading.change(#"{"key":"sk-1234567890123456789012345678901234"}"#).failure == "422 key")
    #expect(Reading.change(#"{"hash":"00"}"#).failure == "422 hash")
    #expect(Reading.change(#"{"source":"file"}"#).failure == "422 source")
  }

  @Test func labelsHaveABoundTogether() {
    var record = Reading.record
    for number in 0..<KeyRecord.labelLimit { record.labels["l\(number)"] = "x" }
    record.labels["a"] = nil
    record.labels["b"] = nil
    #expect(Reading.change(#"{"labels":{"one more":"x"}}"#, of: record).failure == "422 labels")
    #expect(Reading.change(#"{"labels":{"l0":null,"one more":"x"}}"#, of: record).value != nil)
  }

  @Test func namesOfChangesAreForTheLog() throws {
    let edit = try Reading.read(
      #"{"limits":{"rpm":1},"labels":{"a":null},"type":"management","disabled":true}"#
    ) {
      (root) throws(RequestFailure) in try KeyEdit(root, of: Reading.record, isNew: false, at: Reading.now)
    }.get()
    #expect(edit.changes == ["disabled", "labels", "limits", "scopes"])
  }

  // MARK: Rotation

  @Test func theGraceOfARotation() throws {
    func rotation(_ body: String) -> Result<KeyRotation, RequestFailure> {
      Reading.read(body) { (root) throws(RequestFailure) in try KeyRotation(root) }
    }
    #expect(try rotation("{}").get().grace == .seconds(86_400))
    #expect(try rotation(#"{"grace":"0s"}"#).get().grace == .zero)
    #expect(try rotation(#"{"grace":"90d"}"#).get().grace == .seconds(90 * 86_400))
    for bad in [#"{"grace":"91d"}"#, #"{"grace":60}"#, #"{"grace":""}"#] {
      #expect(rotation(bad).failure == "422 grace")
    }
    #expect(rotation(#"{"grave":"1d"}"#).failure == "422 grave")
    #expect(rotation("[]").failure == "422 -")
  }

  @Test func aRotationKeepsTheEarlierSecretForItsGrace() throws {
    let record = Reading.record
    let rotation = KeyRotation(grace: .seconds(60))
    let text = rotation.text(for: record.id)
    #expect(text.id == record.id && text.secret != record.secret)
    var rotated = record
    rotation.apply(text, to: &rotated, at: Reading.now)
    #expect(rotated.secret == text.secret && rotated.earlier?.secret == record.secret)
    #expect(rotated.earlier?.validUntil == Reading.now.adding(.seconds(60)))
    KeyRotation(grace: .zero).apply(KeyText(id: record.id), to: &rotated, at: Reading.now)
    #expect(rotated.earlier == nil)
    let custom = try #require(KeyText(custom: String(repeating: "c", count: 40)))
    let toCustom = KeyRotation(grace: .zero, custom: custom).text(for: record.id)
    #expect(toCustom.id == record.id && toCustom.isCustom && toCustom.secret == custom.secret)
  }
}
