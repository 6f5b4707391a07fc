import Budgets
import Configuration
import GatewayTesting
import Handling
import Testing

@testable import Gateway

/// Requests that change several servers.
@Suite(.serialized) struct ServerManagementTests {
  private func lines(_ response: TestClient.Response) -> [TestJSON] {
    response.lines.compactMap { try? TestJSON($0) }
  }

  @Test func aPullGoesToAllAndIsOneStream() async throws {
    try await withServers(["a"], ["b"], ["c"]) { gateway, ollamas in
      let response = try await TestClient.post(gateway.port, "/api/pull", json: #"{"model":"new"}"#)
      #expect(response.status == 200)
      #expect(response.headers["Content-Type"] == "application/x-ndjson")
      let lines = lines(response)
      #expect(lines.count { $0["status"] == "success" } == 1 && lines.last?["status"] == "success")
      #expect(lines.count { $0["status"] == "pulling manifest" } == 1)
      var told: [String: Int] = [:]
      for line in lines {
        guard let digest = line["digest"].string else { continue }
        #expect(line["completed"].int ?? 0 >= told[digest] ?? 0)
        told[digest] = line["completed"].int ?? 0
      }
      #expect(told.count == 2 && told.values.allSatisfy { $0 == 1000 })
      for ollama in ollamas { #expect(ollama.snapshot.models.contains("new:latest")) }
    }
  }

  @Test func oneThatFailsIsNamedAtTheEnd() async throws {
    try await withServers(["a"], ["b"], ["c"]) { gateway, ollamas in
      ollamas[1].failPulls("no space left on device")
      let response = try await TestClient.post(gateway.port, "/api/pull", json: #"{"model":"new"}"#)
      let lines = lines(response)
      #expect(lines.contains { $0["status"] == "s2: no space left on device" })
      #expect(lines.last?["error"] == "1 of 3 servers failed: s2: no space left on device")
      #expect(!lines.contains { $0["status"] == "success" })
      #expect(ollamas[0].snapshot.models.contains("new:latest"))
      #expect(ollamas[2].snapshot.models.contains("new:latest"))
      let unary = try await TestClient.post(
        gateway.port, "/api/pull", json: #"{"model":"other","stream":false}"#)
      #expect(unary.status == 502)
      #expect(unary.json["error"].string?.contains("s2: no space left on device") == true)
    }
  }

  @Test func theClientNamesServers() async throws {
    try await withServers(["a"], ["b"], ["c"]) { gateway, ollamas in
      let named = try await TestClient.post(
        gateway.port, "/api/pull", json: #"{"model":"new"}"#, ["X-Gateway-Servers": "s2"])
      #expect(lines(named).last?["status"] == "success")
      #expect(ollamas.map { $0.snapshot.models.contains("new:latest") } == [false, true, false])
      let both = try await TestClient.post(
        gateway.port, "/api/copy?server=s1,s3", json: #"{"source":"a","destination":"z"}"#)
      #expect(both.status == 404)
      #expect(both.json["error"].string?.hasPrefix("1 of 2 servers failed: s3: ") == true)
      #expect(ollamas[0].snapshot.models.contains("z:latest"))
      #expect(ollamas[0].snapshot.http.requests.last { $0.path == "/api/copy" }?.target == "/api/copy")
      let unknown = try await TestClient.post(gateway.port, "/api/pull?server=s9", json: #"{"model":"x"}"#)
      #expect(unknown.status == 400)
      #expect(unknown.json["error"].string?.contains("127.0.0.1") == false)
      // The first of the list that is up.
      let first = try await TestClient.post(
        gateway.port, "/api/copy", json: #"{"source":"a","destination":"y"}"#)
      #expect(first.status == 200 && ollamas[0].snapshot.models.contains("y:latest"))
    }
  }

  @Test func aModelIsDeletedWhereItIs() async throws {
    try await withServers(["a", "b"], ["b"], ["c"]) { gateway, ollamas in
      func delete(_ model: String) async throws -> TestClient.Response {
        try await TestClient.request(
          gateway.port, "DELETE", "/api/delete", body: Array(#"{"model":"\#(model)"}"#.utf8))
      }
      #expect(try await delete("b").status == 200)
      #expect(ollamas.allSatisfy { !$0.snapshot.models.contains("b:latest") })
      let missing = try await delete("b")
      #expect(missing.status == 404 && missing.json["error"] == "model 'b' not found")
      ollamas[2].kill()
      let partly = try await TestClient.request(
        gateway.port, "DELETE", "/api/delete", ["X-Gateway-Servers": "all"],
        body: Array(#"{"model":"a"}"#.utf8))
      #expect(partly.status == 502 || partly.status == 503)
      #expect(partly.json["error"].string?.hasPrefix("1 of 3 servers failed: s3: ") == true)
      #expect(!ollamas[0].snapshot.models.contains("a:latest"))
    }
  }

  @Test func aBlobGoesToThoseThatAreNamed() async throws {
    try await withServers(["a"], ["b"], ["c"]) { gateway, ollamas in
      let path = "/api/blobs/sha256:\(String(repeating: "0", count: 64))"
      let blob = [UInt8](repeating: 7, count: 3 << 20)
      func send(_ method: String, _ servers: String, _ body: [UInt8]? = nil) async throws -> Int {
        try await TestClient.request(gateway.port, method, "\(path)?server=\(servers)", body: body).status
      }
      let missing = try await send("HEAD", "s1,s3")
      #expect(missing == 404)
      let sent = try await send("POST", "s1,s3", blob)
      #expect(sent == 201)
      for (ollama, count) in zip(ollamas, [1, 0, 1]) {
        let uploads = ollama.snapshot.http.requests.filter { $0.path == path && $0.method == "POST" }
        #expect(uploads.count == count)
        #expect(uploads.allSatisfy { $0.body.bytes == blob && $0.target == path })
      }
      #expect(try await send("HEAD", "s1,s3") == 200)
      #expect(try await send("HEAD", "s1,s2") == 404)
      ollamas[2].kill()
      #expect(try await send("POST", "all", blob) >= 500)
    }
  }

  @Test func aModelIsUnloadedWhereverItIsInMemory() async throws {
    try await withServers(["a"], ["a"]) { gateway, ollamas in
      // Past the gateway, so that both have it.
      for ollama in ollamas {
        _ = try await TestClient.post(ollama.port, "/api/generate", json: #"{"model":"a"}"#)
        #expect(ollama.snapshot.view.runners.count == 1)
      }
      let response = try await TestClient.post(
        gateway.port, "/api/generate", json: #"{"model":"a","keep_alive":0,"stream":false}"#)
      #expect(response.status == 200)
      for ollama in ollamas { try await ollama.wait("it is unloaded") { $0.view.runners.isEmpty } }
    }
  }

  @Test func oneThatIsSilentDoesNotHoldUpTheOthers() async throws {
    var intervals = Intervals()
    intervals.orderTime = .seconds(2)
    intervals.orderProgress = .seconds(2)
    try await withServers(["a"], ["a"], ["a"], intervals: intervals) { gateway, ollamas in
      ollamas[1].hold { $0.pulls = true }
      let pull = try await TestClient.post(gateway.port, "/api/pull", json: #"{"model":"new"}"#)
      #expect(pull.status == 200)
      #expect(
        lines(pull).last?["error"].string?.hasPrefix("1 of 3 servers failed: s2: it was silent for 2 s")
          == true)
      #expect(ollamas[0].snapshot.models.contains("new:latest"))
      #expect(ollamas[2].snapshot.models.contains("new:latest"))
      try await ollamas[1].wait("it is let go") { $0.view.pulls == 0 }
      ollamas[1].suspend()
      let delete = try await TestClient.request(
        gateway.port, "DELETE", "/api/delete", body: Array(#"{"model":"a"}"#.utf8))
      #expect(delete.status == 502)
      #expect(delete.json["error"].string?.hasPrefix("1 of 3 servers failed: s2: it ") == true)
      #expect(!ollamas[0].snapshot.models.contains("a:latest"))
      #expect(!ollamas[2].snapshot.models.contains("a:latest"))
      // The sockets' buffers do not hold it: the silent one sets no pace.
      let path = "/api/blobs/sha256:\(String(repeating: "0", count: 64))"
      let blob = [UInt8](repeating: 7, count: 24 << 20)
      let upload = try await TestClient.request(gateway.port, "POST", "\(path)?server=s1,s2", body: blob)
      #expect(upload.status == 502)
      #expect(upload.json["error"].string?.hasPrefix("1 of 2 servers failed: s2: it ") == true)
      let sent = ollamas[0].snapshot.http.requests.last { $0.path == path && $0.method == "POST" }
      #expect(sent?.body.bytes.count == blob.count)
      ollamas[1].resume()
    }
  }

  @Test func ordersToAllHaveABound() async throws {
    try await withServers(["a"], ["b"]) { gateway, _ in
      let orders = gateway.gateway.services.orders
      func pull() async throws -> TestClient.Response {
        try await TestClient.post(gateway.port, "/api/pull", json: #"{"model":"new"}"#)
      }
      var taken = try (0..<orders.limit).map { _ in try orders.take() }
      let refused = try await pull()
      #expect(refused.status == 503 && refused.headers["Retry-After"] == "5")
      taken.removeLast()
      #expect(try await pull().status == 200)
      try await eventually("its place is free") { orders.count == taken.count }
    }
  }

  @Test func aClientThatLeavesEndsItEverywhere() async throws {
    try await withServers(["a"], ["b"]) { gateway, ollamas in
      for ollama in ollamas { ollama.hold { $0.pulls = true } }
      let client = try await TestClient.connect(gateway.port)
      try await client.perform { try $0.sendPost("/api/pull", json: #"{"model":"new"}"#) }
      for ollama in ollamas { try await ollama.wait("it pulls") { $0.view.pulls == 1 } }
      try await client.perform { $0.close() }
      for ollama in ollamas { try await ollama.wait("it pulls no more") { $0.view.pulls == 0 } }
    }
  }
}
