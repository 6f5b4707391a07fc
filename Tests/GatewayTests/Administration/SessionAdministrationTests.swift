import Access
import AccessStorage
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway

/// `/api/v1/admin/sessions`: everybody's, for administrators.
@Suite struct SessionAdministrationTests {
  private static let path = "/api/v1/admin/sessions"
  private let folder = TemporaryFolder()

  @Test("With a store and without", arguments: [true, false]) func list(_ isStored: Bool) async throws {
    try await withGateway({
      if isStored { $0.store = .sqlite(path: folder.path + "/gateway.db") }
    }) { (gateway, _) async throws in
      let root = isStored ? try await Administrator(gateway, scopes: [.adminRead]) : nil
      let keys = [TestKey(), TestKey { $0.user = UserName("ann") }]
      let reader = TestKey(.adminRead)
      if isStored {
        let ann = try #require(UserName("ann"))
        _ = try await gateway.gateway.keeper.perform { (book) throws(AccessError) in
          try book.addUser(ann, at: .now)
        }
        for key in keys { try await gateway.gateway.keeper.add(key.record) }
      } else {
        gateway.use(keys + [reader])
      }
      let administrator = root ?? Administrator(gateway, key: reader.text.text)
      for (number, key) in keys.enumerated() {
        let caller = Caller(onThisMachine: gateway, key.headers)
        for session in ["a", "b"] {
          #expect(try await caller.say("secret \(number)", session: session).status == 200)
        }
        // Before the first key, and without one.
        #expect(try await Caller(onThisMachine: gateway).get(Self.path).status == 401)
        #expect(try await caller.get(Self.path).status == 403)
      }
      let all = try await administrator.get(Self.path)
      #expect(all.status == 200 && !all.text.contains("secret"))
      let owners = ["user:1", "user:1", "key:\(keys[0].record.id)", "key:\(keys[0].record.id)"]
      #expect(all.json["sessions"].array.map { $0["owner"].string } == owners)
      #expect(all.json["sessions"].array.map { $0["session_id"].string } == ["b", "a", "b", "a"])
      #expect(all.json["sessions"][0]["message_count"] == 2 && all.json["sessions"][0]["generating"] == false)
      #expect(all.json["has_more"] == false)
      let part = try await administrator.get("\(Self.path)?skip=1&limit=2").json
      #expect(part["sessions"].array.map { $0["owner"].string } == Array(owners[1...2]))
      #expect(part["has_more"] == true && part["skip"] == 1 && part["limit"] == 2)
      let hers = try await administrator.get("\(Self.path)?owner=user:1&limit=1").json
      #expect(hers["sessions"].array.map { $0["session_id"] } == ["b"] && hers["has_more"] == true)
      #expect(try await administrator.get("\(Self.path)?owner=user:2").json["sessions"].array.isEmpty)
      for query in ["owner=nobody", "owner=", "limit=0", "limit=501", "skip=-1"] {
        #expect(try await administrator.get("\(Self.path)?\(query)").status == 422, "\(query)")
      }
      // What is said in them stays their owners'.
      #expect(try await administrator.get("/api/v1/chat/sessions/a").status == 403)
    }
  }

  /// At its path sessions are taken over.
  @Test func noSessionIsCalledAdopt() async throws {
    try await withGateway { (gateway, _) async throws in
      let caller = Caller(onThisMachine: gateway)
      #expect(try await caller.say("Hi", session: "adopt").status == 422)
      #expect(try await caller.say("Hi", session: "adopted").status == 200)
    }
  }
}
