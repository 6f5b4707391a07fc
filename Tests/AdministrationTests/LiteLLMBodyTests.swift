import Access
import Handling
import JSON
import Limits
import System
import Testing

@testable import Administration

/// What LiteLLM's clients send.
@Suite struct LiteLLMBodyTests {
  @Test func theFieldsThatMeanSomething() throws {
    let record = try Reading.litellm(
      """
      {"key_alias":"ci","duration":"30d","models":["llama3*"],"user_id":"ann","team_id":"research","max_parallel_requests":4,
       "tpm_limit":100,"rpm_limit":10,"tpd_limit":1000,"metadata":{"contact":"bob","n":7,"ok":true,"none":null},"tags":["a","b"],
       "blocked":true,"key_type":"management"}
      """, isNew: true
    ).get()
    #expect(record.name == "ci" && record.expiresAt == Reading.now.adding(.seconds(30 * 86_400)))
    #expect(record.models?.texts == ["llama3*"] && record.user == UserName("ann"))
    #expect(record.team == TeamName("research") && record.limits.concurrent == 4)
    #expect(record.limits.tpm == 100 && record.limits.rpm == 10 && record.limits.tpd == 1000)
    #expect(record.labels == ["contact": "bob", "n": "7", "ok": "true", "tags": "a,b"])
    #expect(record.isDisabled && record.scopes == Scopes.Preset.management.scopes)
  }

  /// What clients send along that says nothing.
  @Test func whatSaysNothingIsTaken() throws {
    let record = try Reading.litellm(
      """
      {"key_alias":null,"duration":null,"models":null,"aliases":{},"config":{},"permissions":{},"spend":0,"max_budget":null,
       "soft_budget":null,"model_max_budget":{},"budget_limits":[],"allowed_routes":[],"guardrails":[],"auto_rotate":false,
       "organization_id":"","metadata":null,"blocked":null,"key_type":null,"rpm_limit":null,"user_id":null}
      """, isNew: true
    ).get()
    #expect(record == Reading.record)
  }

  @Test(arguments: LiteLLMKeyFields.money) func moneyIsRefusedByItsName(_ field: String) {
    for value in ["1.5", "100", "-1", #""30d""#, #"[{"a":1}]"#, #"{"m":1}"#, "true"] {
      let read = Reading.litellm(#"{"key_alias":"x","\#(field)":\#(value)}"#, isNew: true)
      #expect(read.failure == "400 \(field)")
      if case .failure(let failure) = read { #expect(failure.detail.contains("“\(field)”")) }
    }
    // A bound of nothing is none here, and would be none at all.
    for zero in ["0", "0.0", "-0", "0e9"] {
      let read = Reading.litellm(#"{"\#(field)":\#(zero)}"#, isNew: true)
      #expect(read.failure == (field == "spend" ? nil : "400 \(field)"), "\(zero)")
    }
  }

  @Test(arguments: [
    "allowed_routes", "guardrails", "permissions", "aliases", "config", "model_rpm_limit",
    "object_permission",
    "organization_id", "auto_rotate", "rotation_interval", "router_settings", "whatever",
  ]) func otherFieldsAreRefusedByTheirNames(_ field: String) {
    for value in [#"["/chat"]"#, #"{"a":1}"#, #""x""#, "true", "1"] {
      #expect(Reading.litellm(#"{"\#(field)":\#(value)}"#, isNew: true).failure == "400 \(field)")
    }
  }

  @Test(arguments: [
    (#"{"key_alias":7}"#, "422 key_alias"), (#"{"duration":"soon"}"#, "422 duration"),
    (#"{"duration":30}"#, "422 duration"),
    (#"{"models":"a"}"#, "422 models"), (#"{"models":["a b"]}"#, "422 models"),
    (#"{"user_id":7}"#, "422 user_id"),
    (#"{"team_id":"a b"}"#, "422 team_id"), (#"{"rpm_limit":0}"#, "422 rpm_limit"),
    (#"{"tpm_limit":-1}"#, "422 tpm_limit"),
    (#"{"tpd_limit":"9"}"#, "422 tpd_limit"),
    (#"{"max_parallel_requests":1.5}"#, "422 max_parallel_requests"),
    (#"{"metadata":[]}"#, "422 metadata"), (#"{"metadata":{"a":{"b":1}}}"#, "422 metadata"),
    (#"{"tags":"a"}"#, "422 tags"), (#"{"tags":["a,b"]}"#, "422 tags"), (#"{"tags":[7]}"#, "422 tags"),
    (#"{"blocked":"yes"}"#, "422 blocked"), (#"{"key_type":"god"}"#, "422 key_type"), ("[]", "422 -"),
    ("{", "400 -"),
  ]) func wrongValues(_ body: String, _ failure: String) {
    #expect(Reading.litellm(body, isNew: true).failure == failure)
  }

  @Test func listsOfModels() throws {
    #expect(try Reading.litellm(#"{"models":["all-proxy-models"]}"#).get().models == nil)
    #expect(try Reading.litellm(#"{"models":["all-team-models"]}"#).get().models == nil)
    #expect(try Reading.litellm(#"{"models":["no-default-models"]}"#).get().models?.texts == [])
    #expect(try Reading.litellm(#"{"models":[]}"#).get().models?.texts == [])
  }

  @Test func anUpdateChangesWhatItNames() throws {
    let changed = try Reading.litellm(#"{"key":"x","rpm_limit":5}"#).get()
    #expect(changed.limits == LimitSet(rpm: 5, tpm: 1000) && changed.user == UserName("ann"))
    #expect(changed.labels == ["a": "1", "b": "2"])
    let cleared = try Reading.litellm(
      #"{"rpm_limit":null,"user_id":null,"duration":"-1","metadata":{"c":"3"}}"#
    ).get()
    #expect(cleared.limits == LimitSet(tpm: 1000) && cleared.user == nil && cleared.expiresAt == nil)
    #expect(cleared.labels == ["c": "3"])
  }

  @Test func theReportHasWhatClientsReadAndNoSecret() throws {
    var record = Reading.record
    record.labels = ["contact": "bob", "tags": "a,b"]
    record.scopes = Scopes.Preset.llmAPI.scopes
    var writer = JSONWriter()
    LiteLLMKeyReport.encode(record, of: .empty, at: Reading.now, into: &writer)
    let text = String(decoding: writer.take(), as: UTF8.self)
    #expect(!text.contains(record.secret.hexadecimal))
    let reader = JSONReader(maximumBytes: 1 << 16)
    try reader.withDocument(text) { (root) throws(JSONError) in
      #expect(root["token"]?.string == record.id.text && root["key_alias"]?.string == "before")
      #expect(root["user_id"]?.string == "ann" && root["team_id"]?.isNull == true)
      #expect(root["rpm_limit"]?.int == 60 && root["tpd_limit"]?.isNull == true)
      #expect(root["metadata"]?["contact"]?.string == "bob" && root["tags"]?.count == 2)
      #expect(root["key_type"]?.string == "llm_api" && root["blocked"]?.bool == false)
      #expect(root["status"]?.string == "active" && root["spend"]?.int == 0)
      #expect(root["max_budget"]?.isNull == true && root["models"]?.count == 1)
    }
  }
}
