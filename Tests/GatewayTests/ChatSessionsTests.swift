import Configuration
import GatewayTesting
import Testing

/// Lists, histories and deletion of sessions.
@Suite(.serialized) struct ChatSessionsTests {
  private static let path = "/api/v1/chat/sessions"

  @Test("Without sessions the list is empty") func none() async throws {
    try await withGateway { gateway, _ in
      for path in [Self.path, Self.path + "/"] {
        let response = try await TestClient.get(gateway.port, path)
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(
          response.json
            == .object(["sessions": .array([]), "total": 0, "skip": 0, "limit": 50, "has_more": false]))
      }
    }
  }

  @Test func theListHasTheLatestFirst() async throws {
    let ollama = try ScriptedOllama { request in
      request.text.contains("wait") ? [.gate("go")] + .chat(["a"]) : .chat(["a"])
    }
    try await withGateway(ollama: ollama) { gateway, ollama in
      let chat = ChatClient(gateway)
      for name in ["a", "b", "c"] { _ = try await chat.send("Hi", session: name) }
      _ = try await chat.send("again", session: "a")
      let running = try await chat.open("wait", session: "b")
      try await ollama.wait("it runs") { $0.waiting(at: "go") == 1 }
      let list = try await TestClient.get(gateway.port, Self.path).json
      #expect(list["sessions"].array.map { $0["session_id"].string } == ["b", "a", "c"])
      #expect(list["sessions"].array.map { $0["message_count"].int } == [3, 4, 2])
      #expect(list["sessions"].array.map { $0["generating"].bool } == [true, false, false])
      #expect(list["total"] == 3)
      for session in list["sessions"].array {
        #expect(
          session.keys == [
            "created_at", "generating", "message_count", "session_id", "title", "updated_at",
          ])
        let (created, updated) = (session["created_at"].string ?? "", session["updated_at"].string ?? "")
        #expect(created.isTimestamp && updated.isTimestamp)
        #expect(created <= updated)
      }
      ollama.open("go")
      _ = try await running.perform { try $0.readResponse() }
      #expect(list["sessions"].array.map { $0["title"].string } == ["Hi", "Hi", "Hi"])
      let after = try await TestClient.get(gateway.port, Self.path).json
      #expect(after["sessions"][0]["generating"] == false)
    }
  }

  @Test func pagesOfTheList() async throws {
    try await withGateway { gateway, _ in
      let chat = ChatClient(gateway)
      for number in 0..<5 { _ = try await chat.send("Hi", session: "s\(number)") }
      let pages: [(query: String, names: [String], hasMore: Bool)] = [
        ("?limit=2", ["s4", "s3"], true), ("?skip=2&limit=2", ["s2", "s1"], true),
        ("?skip=4&limit=2", ["s0"], false), ("?skip=3&limit=2", ["s1", "s0"], false), ("?skip=5", [], false),
        ("?skip=999999999999", [], false),
      ]
      for (query, names, hasMore) in pages {
        let page = try await TestClient.get(gateway.port, Self.path + query).json
        #expect(page["sessions"].array.map { $0["session_id"].string ?? "" } == names, "\(query)")
        #expect(page["has_more"].bool == hasMore, "\(query)")
        #expect(page["total"] == 5)
      }
      for query in ["?limit=0", "?limit=501", "?skip=-1", "?limit=many"] {
        let response = try await TestClient.get(gateway.port, Self.path + query)
        #expect(response.status == 422, "\(query)")
        RelayErrorsTests.expectForm(of: Self.path, response)
      }
    }
  }

  @Test("The history has what both have said") func theHistory() async throws {
    try await withGateway { gateway, _ in
      let chat = ChatClient(gateway)
      _ = try await chat.send("one", session: "s", #""user_id":"me""#)
      _ = try await chat.send("two", session: "s")
      let history = try await chat.history("s")
      #expect(
        history.keys == [
          "created_at", "has_more", "limit", "messages", "page", "session_id", "skip", "total", "total_pages",
        ])
      #expect(history["session_id"] == "s")
      #expect(history["total"] == 4)
      #expect((history["skip"], history["limit"], history["page"], history["total_pages"]) == (0, 50, 1, 1))
      #expect(history["has_more"] == false)
      #expect(history["created_at"].string?.isTimestamp == true)
      let messages = history["messages"].array
      #expect(messages.map { $0["role"].string } == ["user", "assistant", "user", "assistant"])
      #expect(messages[0].keys == ["content", "role", "timestamp", "user_id"])
      #expect(messages[0]["content"] == "one")
      #expect(messages[0]["user_id"] == "me")
      #expect(
        messages[1].keys == [
          "content", "model", "response_time", "role", "time_to_first_token", "timestamp", "usage",
        ])
      #expect(messages[1]["usage"] == .object(["prompt_tokens": 26, "completion_tokens": 7]))
      #expect(messages[1]["content"] == "Hello from the fake Ollama.")
      #expect(messages[1]["model"] == "tinyllama:latest")
      #expect(messages.allSatisfy { $0["timestamp"].string?.isTimestamp == true })
      #expect(try await chat.history("s/") == history)
    }
  }

  @Test func aGenerationIsAskedForAgain() async throws {
    try await withGateway { gateway, ollama in
      let chat = ChatClient(gateway)
      for text in ["one", "two"] { _ = try await chat.send(text, session: "s") }
      _ = try await chat.send("two, please", session: "s", #""regenerate":true"#)
      let messages = try await chat.history("s")["messages"].array
      #expect(
        messages.map { $0["content"].string } == [
          "one", "Hello from the fake Ollama.", "two, please", "Hello from the fake Ollama.",
        ])
      let last = try #require(ollama.requests.last)
      #expect(last.json["messages"].array.map { $0["content"].string }.first == "one")
      #expect(last.json["messages"].array.count == 3, "what it replaces is no context")
      let refused = try await chat.send("x", session: "s", #""regenerate":1"#)
      #expect(refused.status == 422)
    }
  }

  @Test func pagesOfTheHistory() async throws {
    try await withGateway { gateway, _ in
      let chat = ChatClient(gateway)
      for number in 0..<3 { _ = try await chat.send("m\(number)", session: "s") }
      let middle = try await chat.history("s", "?skip=2&limit=2")
      #expect(middle["messages"].array.map { $0["content"].string } == ["m1", "Hello from the fake Ollama."])
      #expect((middle["page"], middle["total_pages"], middle["has_more"]) == (2, 3, true))
      let last = try await chat.history("s", "?skip=4&limit=2")
      #expect((last["page"], last["total_pages"], last["has_more"]) == (3, 3, false))
      #expect(last["messages"].count == 2)
      let beyond = try await chat.history("s", "?skip=6&limit=500")
      #expect(beyond["messages"].count == 0)
      #expect((beyond["total"], beyond["has_more"]) == (6, false))
      for query in ["?limit=0", "?limit=501", "?skip=x"] {
        let response = try await TestClient.get(gateway.port, "\(Self.path)/s\(query)")
        #expect(response.status == 422, "\(query)")
      }
    }
  }

  /// No number is too large to be read, or else it is refused.
  @Test func numbersOfAnySize() async throws {
    try await withGateway { gateway, _ in
      _ = try await ChatClient(gateway).send("one", session: "s")
      for path in [Self.path, Self.path + "/s"] {
        let largest = try await TestClient.get(gateway.port, "\(path)?skip=9007199254740991&limit=1")
        #expect(largest.status == 200)
        #expect((largest.json["total"].int ?? 0) > 0)
        #expect(largest.json["has_more"] == false)
        for number in ["9007199254740992", "9223372036854775807", "-9223372036854775808", "1e400", "%2B1"] {
          for query in ["skip=\(number)&limit=1", "skip=0&limit=\(number)"] {
            let response = try await TestClient.get(gateway.port, "\(path)?\(query)")
            #expect(response.status == 422, "\(path) \(query)")
          }
        }
      }
      for number in ["9007199254740992", "9223372036854775807"] {
        let stream = try await TestClient.get(gateway.port, "\(Self.path)/s/stream?after=\(number)")
        #expect(stream.status == 422, "\(number)")
      }
      // What a browser sends by itself is no error, but no number either.
      let resumed = try await TestClient.get(
        gateway.port, "\(Self.path)/s/stream", ["Last-Event-ID": "x:9223372036854775807"])
      #expect(resumed.status == 200)
      #expect(try await TestClient.get(gateway.port, "/health").status == 200)
    }
  }

  @Test("A deleted session is gone") func deletion() async throws {
    try await withGateway { gateway, _ in
      let chat = ChatClient(gateway)
      _ = try await chat.send("one", session: "s")
      _ = try await chat.send("one", session: "t")
      let deleted = try await TestClient.request(gateway.port, "DELETE", "\(Self.path)/s")
      #expect(deleted.status == 200)
      #expect(deleted.json.keys == ["message", "messages_deleted", "status"])
      #expect(deleted.json["status"] == "success")
      #expect(deleted.json["messages_deleted"] == 2)
      #expect(deleted.json["message"].string?.isEmpty == false)
      for method in ["GET", "DELETE"] {
        let response = try await TestClient.request(gateway.port, method, "\(Self.path)/s")
        #expect(response.status == 404)
        RelayErrorsTests.expectForm(of: Self.path, response)
      }
      #expect(try await TestClient.get(gateway.port, Self.path).json["total"] == 1)
      // A name may be used again, and remembers nothing.
      _ = try await chat.send("new", session: "s")
      #expect(try await chat.history("s")["total"] == 2)
    }
  }

  @Test(
    "Sessions that are not there are 404",
    arguments: [
      "none", "a%20b", "%F0%9F%8C%8D", String(repeating: "x", count: 129), "a/b",
    ])
  func unknownNames(name: String) async throws {
    try await withGateway { gateway, _ in
      for (method, suffix) in [("GET", ""), ("DELETE", ""), ("GET", "/stream"), ("DELETE", "/stream")] {
        let response = try await TestClient.request(gateway.port, method, "\(Self.path)/\(name)\(suffix)")
        #expect(response.status == 404, "\(method) \(suffix)")
        RelayErrorsTests.expectForm(of: Self.path, response)
      }
    }
  }

  @Test func theLeastRecentlyUsedGoes() async throws {
    try await withGateway({ $0.maxSessions = 2 }) { gateway, _ in
      let chat = ChatClient(gateway)
      for name in ["a", "b", "a", "c"] { _ = try await chat.send("Hi", session: name) }
      let list = try await TestClient.get(gateway.port, Self.path).json
      #expect(list["sessions"].array.map { $0["session_id"].string } == ["c", "a"])
    }
  }

  /// Sessions that are all busy are not dropped for another.
  @Test(.enabled(if: !RunningGateway.keepsSessions, "those of a store are bounded by owner"))
  func allSessionsBusy() async throws {
    let ollama = try ScriptedOllama { _ in [.gate("go")] + .chat(["a"]) }
    try await withGateway(ollama: ollama, { $0.maxSessions = 2 }) { gateway, ollama in
      let chat = ChatClient(gateway)
      let clients = [try await chat.open("Hi", session: "a"), try await chat.open("Hi", session: "b")]
      try await ollama.wait("both run") { $0.waiting(at: "go") == 2 }
      let refused = try await chat.send("Hi", session: "c")
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] != nil)
      ollama.open("go")
      for client in clients {
        #expect(try await client.perform { try $0.readResponse() }.shape.last == "stream_end")
      }
    }
  }
}
