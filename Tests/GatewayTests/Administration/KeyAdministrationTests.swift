import Access
import Configuration
import GatewayTesting
import Glibc
import Testing

@testable import Gateway

/// `/api/v1/admin/keys`, over HTTP.
@Suite struct KeyAdministrationTests {
  private static let path = "/api/v1/admin/keys"
  private static let tags = "/api/tags"

  @Test func aKeyFromItsMakingToItsEnd() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let made = try await root.post(Self.path, #"{"name":"ci","type":"llm_api","limits":{"rpm":1000}}"#)
      #expect(made.status == 201 && made.headers["Cache-Control"] == "no-store")
      let key = try #require(made.json["key"].string)
      let id = try #require(made.json["id"].string)
      #expect(key.hasPrefix("sk-og-\(id)-") && made.headers["Location"] == "\(Self.path)/\(id)")
      let caller = Administrator(gateway, key: key)
      #expect(try await caller.get(Self.tags).status == 200)

      let shown = try await root.get("\(Self.path)/\(id)")
      #expect(shown.json["name"] == "ci" && shown.json["key"] == .null && shown.json["hash"] == .null)
      #expect(shown.json["limits"]["rpm"] == 1000 && shown.json["status"] == "active")
      let list = try await root.get("\(Self.path)?name=ci")
      #expect(list.json["total"] == 1 && list.json["keys"][0]["id"].string == id)

      let changed = try await root.request(
        "PATCH", "\(Self.path)/\(id)", #"{"disabled":true,"limits":{"tpm":7}}"#)
      #expect(
        changed.status == 200 && changed.json["limits"]["rpm"] == 1000 && changed.json["limits"]["tpm"] == 7)
      #expect(try await caller.get(Self.tags).status == 401)
      #expect(try await root.request("PATCH", "\(Self.path)/\(id)", #"{"disabled":false}"#).status == 200)
      #expect(try await caller.get(Self.tags).status == 200)

      let rotated = try await root.post("\(Self.path)/\(id)/rotate", #"{"grace":"1h"}"#)
      let next = try #require(rotated.json["key"].string)
      #expect(rotated.status == 200 && next != key && rotated.json["earlier"]["valid_until"].string != nil)
      for text in [key, next] {
        #expect(try await Administrator(gateway, key: text).get(Self.tags).status == 200)
      }
      let last = try await root.post("\(Self.path)/\(id)/rotate", #"{"grace":"0s"}"#)
      let third = try #require(last.json["key"].string)
      for text in [key, next] {
        #expect(try await Administrator(gateway, key: text).get(Self.tags).status == 401)
      }
      #expect(try await Administrator(gateway, key: third).get(Self.tags).status == 200)

      #expect(try await root.request("DELETE", "\(Self.path)/\(id)").status == 204)
      #expect(try await Administrator(gateway, key: third).get(Self.tags).status == 401)
      #expect(try await root.get("\(Self.path)/\(id)").status == 404)
      #expect(try await root.request("DELETE", "\(Self.path)/\(id)").status == 404)
    }
  }

  /// Before the first key too, and from this machine.
  @Test func nobodyComesInWithoutAKeyOfTheScope() async throws {
    try await withStoringGateway { gateway in
      func all(_ caller: Administrator) async throws -> [Int] {
        [
          try await caller.get(Self.path).status, try await caller.post(Self.path, #"{"name":"x"}"#).status,
          try await caller.request("PATCH", "\(Self.path)/4fXc0aQ2mZ9T", "{}").status,
          try await caller.request("DELETE", "\(Self.path)/4fXc0aQ2mZ9T").status,
          try await caller.post("\(Self.path)/4fXc0aQ2mZ9T/rotate").status,
          try await caller.get("/api/v1/admin/teams").status,
          try await caller.request("PUT", "/api/v1/admin/teams/x", "{}").status,
          try await caller.get("/api/v1/admin/usage").status,
          try await caller.get("/api/v1/admin/limits?key=x").status,
          try await caller.get("/key/list").status, try await caller.post("/key/generate").status,
          try await caller.post("/key/delete", #"{"keys":["x"]}"#).status,
        ]
      }
      #expect(try await all(Administrator(gateway, key: nil)) == [Int](repeating: 401, count: 12))
      let root = try await Administrator(gateway)
      #expect(try await all(Administrator(gateway, key: nil)) == [Int](repeating: 401, count: 12))
      let user = try await Administrator(gateway, scopes: Scopes.Preset.standard.scopes, name: "user")
      #expect(try await all(user) == [Int](repeating: 403, count: 12))
      let reader = try await Administrator(gateway, scopes: [.adminRead], name: "reader")
      #expect(try await reader.get(Self.path).status == 200)
      #expect(try await reader.get("/api/v1/admin/usage").status == 200)
      #expect(try await reader.post(Self.path, #"{"name":"x"}"#).status == 403)
      #expect(try await root.get(Self.path).json["total"] == 3)
    }
  }

  @Test func whatIsAskedForTwiceIsDoneOnce() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let first = try await root.post(Self.path, #"{"name":"once"}"#, ["Idempotency-Key": "k1"])
      let again = try await root.post(Self.path, #"{"name":"once"}"#, ["Idempotency-Key": "k1"])
      #expect(first.status == 201 && again.status == 200)
      #expect(again.headers["Idempotency-Replayed"] == "true" && again.json["key"] == .null)
      #expect(again.json["id"] == first.json["id"])
      #expect(try await root.post(Self.path, #"{"name":"other"}"#, ["Idempotency-Key": "k1"]).status == 422)
      #expect(try await root.get(Self.path).json["total"] == 2)
      let id = try #require(first.json["id"].string)
      let rotated = try await root.post("\(Self.path)/\(id)/rotate", "{}", ["Idempotency-Key": "k2"])
      let repeated = try await root.post("\(Self.path)/\(id)/rotate", "{}", ["Idempotency-Key": "k2"])
      #expect(rotated.json["key"].string != nil && repeated.json["key"] == .null && repeated.status == 200)
      let key = try #require(rotated.json["key"].string)
      #expect(try await Administrator(gateway, key: key).get(Self.tags).status == 200, "it was rotated once")
      // What has failed may be tried again.
      let bad = #"{"name":"x","team":"none"}"#
      #expect(try await root.post(Self.path, bad, ["Idempotency-Key": "k3"]).status == 422)
      #expect(try await root.request("PUT", "/api/v1/admin/teams/none", "{}").status == 201)
      #expect(try await root.post(Self.path, bad, ["Idempotency-Key": "k3"]).status == 201)
    }
  }

  @Test func aTeamFromItsMakingToItsEnd() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let path = "/api/v1/admin/teams/research"
      #expect(try await root.post(Self.path, #"{"name":"k","team":"research"}"#).status == 422)
      let made = try await root.request("PUT", path, #"{"limits":{"tpd":9},"models":["llama3*"]}"#)
      #expect(made.status == 201 && made.json["limits"]["tpd"] == 9 && made.json["keys"] == 0)
      let key = try await root.post(Self.path, #"{"name":"k","team":"research"}"#)
      #expect(key.status == 201)
      #expect(try await root.request("PUT", path, #"{"limits":{"rpm":3}}"#).status == 200)
      let shown = try await root.get(path)
      #expect(shown.json["limits"]["tpd"] == .null && shown.json["limits"]["rpm"] == 3)
      #expect(shown.json["models"] == .null && shown.json["keys"] == 1)
      #expect(try await root.get("/api/v1/admin/teams").json["teams"][0]["name"] == "research")
      #expect(try await root.request("DELETE", path).status == 409)
      let id = try #require(key.json["id"].string)
      #expect(try await root.request("DELETE", "\(Self.path)/\(id)").status == 204)
      #expect(try await root.request("DELETE", path).status == 204)
      #expect(try await root.get(path).status == 404)
      for bad in [#"{"limits":{"rps":1}}"#, #"{"colour":1}"#, #"{"name":"other"}"#, "[]"] {
        #expect(try await root.request("PUT", path, bad).status == 422)
      }
    }
  }

  /// Each act is a line, and none has a key.
  @Test func actsAreInTheLogAndKeysAreNot() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let made = try await root.post(Self.path, #"{"name":"audited"}"#)
      let (key, id) = (try #require(made.json["key"].string), try #require(made.json["id"].string))
      let rotated = try await root.post("\(Self.path)/\(id)/rotate")
      _ = try await root.get("/key/info?key=\(key)")
      _ = try await root.get("/key/\(key)/nothing")
      _ = try await root.get("/no/\(key)/such/path")
      let unknown = try await root.get("\(Self.path)/\(key)x")
      #expect(unknown.status == 404 && !unknown.text.contains(key))
      _ = try await root.request("PATCH", "\(Self.path)/\(id)", #"{"weight":7}"#)
      _ = try await root.request("DELETE", "\(Self.path)/\(id)")
      try await eventually("the last act is in the log") { gateway.log.contains("act=key.delete") }
      let log = gateway.log
      for act in ["key.make", "key.rotate", "key.change", "key.delete"] {
        #expect(log.contains("act=\(act)"), "\(act)")
      }
      #expect(log.contains("key=\(id)") && log.contains("name=audited") && log.contains("changed=weight"))
      let secrets = [key, try #require(rotated.json["key"].string), try #require(root.key)].map {
        $0.suffix(43)
      }
      for secret in secrets { #expect(!log.contains(secret)) }
    }
  }

  @Test func whatWasUsedAndWhatIsLeft() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let made = try await root.post(Self.path, #"{"name":"=used","limits":{"rpm":1000,"tpd":50}}"#)
      let id = try #require(made.json["id"].string)
      let limits = try await root.get("/api/v1/admin/limits?key=\(id)")
      #expect(limits.status == 200)
      #expect(Set(limits.json["limits"].array.map { $0["limit"].string ?? "" }) == ["rpm", "tpd"])
      #expect(limits.json["limits"][0]["of"].string == "key:\(id)")
      #expect(try await root.get("/api/v1/admin/limits").status == 422)
      // It may ask for nobody else.
      #expect(try await root.get("/api/v1/admin/limits?key=\(id)&user=ann").status == 422)
      let shared = try await root.post(
        Self.path, #"{"name":"shared","may_act_for_users":true,"limits":{"rpm":1000}}"#)
      let sharedID = try #require(shared.json["id"].string)
      let user = try await root.get("/api/v1/admin/limits?key=\(sharedID)&user=ann")
      #expect(user.json["limits"][0]["of"].string == "key:\(sharedID)/user:ann")
      #expect(try await root.get("/api/v1/admin/limits?key=\(sharedID)&user=").status == 422)
      #expect(try await root.get("/api/v1/admin/limits?key=nobody").status == 404)
      let usage = try await root.get(
        "/api/v1/admin/usage?group_by=key,model,hour&from=2026-01-01&to=2026-02-01")
      #expect(usage.status == 200 && usage.json["has_more"] == false)
      #expect(usage.json["group_by"] == .array(["key", "model", "hour"]))
      let csv = try await root.get("/api/v1/admin/usage?format=csv&group_by=day")
      #expect(
        csv.headers["Content-Type"]?.hasPrefix("text/csv") == true && csv.text.hasPrefix("day,requests,"))
      let accepted = try await root.get("/api/v1/admin/usage", ["Accept": "text/csv"])
      #expect(accepted.text.hasPrefix("key,key_name,requests,"))
      for bad in [
        "from=x", "to=x", "group_by=x", "limit=0", "limit=1001", "skip=-1", "format=xml", "from=%FF",
        "from=2026-02-01&to=2026-01-01", "from=1980-01-01",
      ] {
        #expect(try await root.get("/api/v1/admin/usage?\(bad)").status == 422, "\(bad)")
      }
    }
  }

  /// What LiteLLM's client does.
  @Test func keysInLiteLLMsWords() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let made = try await root.post(
        "/key/generate",
        #"{"key_alias":"ci","duration":"30d","rpm_limit":60,"metadata":{"a":"b"},"max_budget":null}"#)
      let (key, id) = (try #require(made.json["key"].string), try #require(made.json["token_id"].string))
      #expect(
        made.status == 200 && made.headers["Cache-Control"] == "no-store"
          && made.json["expires"].string != nil)
      for named in [id, key] {
        let info = try await root.get("/key/info?key=\(named)")
        #expect(info.json["key"].string == id && info.json["info"]["rpm_limit"] == 60)
      }
      let caller = Administrator(gateway, key: key)
      #expect(try await caller.get("/key/info").json["info"]["key_alias"] == "ci")
      #expect(try await caller.get("/key/info?key=\(id)").status == 200)
      #expect(try await caller.get("/key/info?key=someone-else").status == 403)
      #expect(try await root.get("/key/info?key=nobody").status == 404)
      let list = try await root.get("/key/list?key_alias=ci")
      #expect(list.json["keys"] == .array([.string(id)]) && list.json["total_count"] == 1)
      let full = try await root.get("/key/list?return_full_object=true&size=1")
      #expect(full.json["keys"][0]["key_alias"] == "ci" && full.json["total_pages"] == 2)
      #expect(try await root.post("/key/update", #"{"key":"\#(key)","rpm_limit":7}"#).json["rpm_limit"] == 7)
      #expect(try await root.post("/key/block", #"{"key":"\#(id)"}"#).json["blocked"] == true)
      #expect(try await caller.get(Self.tags).status == 401)
      #expect(try await root.post("/key/unblock", #"{"key":"\#(id)"}"#).json["blocked"] == false)
      let next = try await root.post("/key/\(key)/regenerate", #"{"grace_period":"1h"}"#)
      #expect(next.status == 200 && next.json["key"].string != key)
      #expect(try await caller.get(Self.tags).status == 200, "the grace")
      let money = try await root.post("/key/generate", #"{"max_budget":10}"#)
      #expect(money.status == 400 && money.json["error"]["message"].string?.contains("max_budget") == true)
      // What the book refuses is told by the client's own words.
      for (field, value) in [
        ("key_alias", key), ("team_id", "nobodys"), ("team_id", key), ("user_id", "user:1"), ("user_id", key),
      ] {
        for path in ["/key/generate", "/key/update", "/key/\(id)/regenerate"] {
          let named = path == "/key/update" ? #""key":"\#(id)","# : ""
          let wrong = try await root.post(path, #"{\#(named)"\#(field)":"\#(value)"}"#)
          #expect(wrong.status == 422 && wrong.text.contains("“\(field)”"), "\(path): \(wrong.text)")
        }
      }
      let label = try await root.post("/key/generate", #"{"metadata":{"note":"\#(key)"}}"#)
      #expect(label.status == 422 && label.text.contains("“metadata”"), "\(label.text)")
      #expect(!gateway.log.contains(key))
      #expect(try await root.post("/key/delete", #"{"keys":["\#(id)","nobody"]}"#).status == 404)
      #expect(
        try await root.post("/key/delete", #"{"keys":["\#(id)"]}"#).json["deleted_keys"]
          == .array([.string(id)]))
      #expect(try await root.post("/key/delete", #"{"keys":null,"key_aliases":null}"#).status == 422)
      #expect(try await caller.get(Self.tags).status == 401)
    }
  }

  @Test func theKeyOfTheFileIsThereFromTheStart() async throws {
    let folder = TemporaryFolder()
    let text = KeyText().text
    let path = folder.path + "/admin-key"
    let file = try #require(fopen(path, "w"))
    fputs(text + "\n", file)
    fclose(file)
    for isStored in [true, false] {
      try await withGateway({
        $0.adminKeyFile = path
        $0.store = isStored ? .sqlite(path: folder.path + "/gateway.db") : .memory
      }) { gateway, _ in
        let root = Administrator(gateway, key: text)
        #expect(try await root.get(Self.path).json["keys"][0]["name"] == "admin_key_file")
        let made = try await root.post(Self.path, #"{"name":"x"}"#)
        #expect(made.status == (isStored ? 201 : 409))
        #expect(try await Administrator(gateway, key: nil).get(Self.tags).status == 401, "closed")
      }
    }
  }

  /// As in the paths of users: by name, number or e-mail address. A record has his name.
  @Test func theUserOfAKeyIsNamedAsElsewhere() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      for body in [#"{"name":"ann","email":"ann@example.org"}"#, #"{"name":"1"}"#] {
        #expect(try await root.post("/api/v1/admin/users", body).status == 201)
      }
      for user in ["ann", "user:1", "Ann@example.org"] {
        let made = try await root.post(Self.path, #"{"name":"k","user":"\#(user)"}"#)
        #expect(made.status == 201 && made.json["user"] == "ann", "\(user): \(made.text)")
        let id = try #require(made.json["id"].string)
        let free = try await root.request("PATCH", "\(Self.path)/\(id)", #"{"user":null}"#)
        #expect(free.status == 200 && !free.json.keys.contains("user"))
        let changed = try await root.request("PATCH", "\(Self.path)/\(id)", #"{"user":"\#(user)"}"#)
        #expect(changed.status == 200 && changed.json["user"] == "ann", "\(user): \(changed.text)")
      }
      // What a record says is taken as it is, though it is another's number.
      #expect(try await root.post(Self.path, #"{"name":"k","user":"1"}"#).json["user"] == "1")
      for user in ["ann", "user:1", "ann@example.org"] {
        #expect(try await root.get("\(Self.path)?user=\(user)").json["total"] == 3, "\(user)")
      }
      #expect(try await root.get("\(Self.path)?user=1").json["total"] == 1)
      #expect(try await root.get("\(Self.path)?user=nobody").json["total"] == 0)
      for user in ["user:9", "nobody@example.org"] {
        #expect(try await root.post(Self.path, #"{"name":"k","user":"\#(user)"}"#).status == 422)
      }
    }
  }

  @Test func aKeyThatIsGivenAUserTakesItsSessionsToHim() async throws {
    try await withStoringGateway { gateway in
      let root = try await Administrator(gateway)
      let caller = try await Administrator(gateway, scopes: Scopes.Preset.standard.scopes, name: "hers")
      for session in ["tour", "home"] {
        let said = try await caller.post(
          "/api/v1/chat", #"{"message":"hello","stream":false,"session_id":"\#(session)"}"#)
        #expect(said.status == 200)
      }
      let keys = try await root.get(Self.path).json["keys"].array
      let id = try #require(keys.first { $0["name"].string == "hers" }?["id"].string)
      let unknown = try await root.request("PATCH", "\(Self.path)/\(id)", #"{"user":"nobody"}"#)
      #expect(unknown.status == 422)
      #expect(try await root.post("/api/v1/admin/users", #"{"name":"ann"}"#).status == 201)
      #expect(try await root.request("PATCH", "\(Self.path)/\(id)", #"{"user":"ann"}"#).status == 200)
      try await eventually("her sessions are there") {
        try await caller.get("/api/v1/chat/sessions").json["total"] == 2
      }
      let owners = try await root.get("/api/v1/admin/sessions").json["sessions"].array.map {
        $0["owner"].string
      }
      #expect(owners == ["user:1", "user:1"])
      #expect(try await caller.get("/api/v1/chat/sessions/tour").status == 200)
    }
  }

  @Test func sessionsAreTakenOverByAKey() async throws {
    try await withStoringGateway({ $0.auth = .optional }) { gateway in
      let token =
        try await TestClient.post(gateway.port, "/api/v1/chat/token", json: "{}").json["token"].string ?? ""
      let before: TestHeaders = ["X-Session-Token": token]
      let said = try await TestClient.post(
        gateway.port, "/api/v1/chat", json: #"{"message":"hello","stream":false}"#, before)
      #expect(said.status == 200)
      let path = "/api/v1/chat/sessions/adopt"
      #expect(try await TestClient.post(gateway.port, path, json: "{}", before).status == 401)
      let caller = try await Administrator(gateway, scopes: Scopes.Preset.standard.scopes, name: "user")
      #expect(try await caller.get("/api/v1/chat/sessions").json["total"] == 0)
      try await eventually("the answer is stored") {
        try await caller.post(path, "{}", before).json["adopted"] == 1
      }
      #expect(try await caller.get("/api/v1/chat/sessions").json["total"] == 1)
      #expect(try await caller.post(path).json["adopted"] == 0)
    }
  }

  @Test func othersHearNoMoreOfThem() async throws {
    try await withStoringGateway({ $0.auth = .optional }) { gateway in
      func token() async throws -> TestHeaders {
        let made = try await TestClient.post(gateway.port, "/api/v1/chat/token", json: "{}")
        return ["X-Session-Token": made.json["token"].string ?? ""]
      }
      let (before, other) = (try await token(), try await token())
      let said = try await TestClient.post(
        gateway.port, "/api/v1/chat", json: #"{"message":"hello","stream":false}"#, before)
      let session = try #require(said.json["session_id"].string)
      let socket = try await ChatWebSocket(gateway, session: session, headers: other)
      let caller = try await Administrator(gateway, scopes: Scopes.Preset.standard.scopes, name: "user")
      let own = try await ChatWebSocket(
        gateway, session: session, headers: ["Authorization": "Bearer \(caller.key ?? "")"])
      try await eventually("the answer is stored") {
        try await caller.post("/api/v1/chat/sessions/adopt", "{}", before).json["adopted"] == 1
      }
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && close.reason == "The session has another owner now")
      await own.say("ping")
      _ = try await own.take("pong")
    }
  }
}

/// A gateway that keeps its keys in a file.
private func withStoringGateway(
  _ configure: (inout Configuration) -> Void = { _ in }, _ body: (RunningGateway) async throws -> Void
) async throws {
  let folder = TemporaryFolder()
  try await withGateway({
    $0.store = .sqlite(path: folder.path + "/gateway.db")
    configure(&$0)
  }) { gateway, _ in try await body(gateway) }
}
