@testable import Access
import Budgets
import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import JSON
import Sessions
import Testing

/// Images in messages, over HTTP and WebSockets.
@Suite(.serialized) struct ChatImagesTests {
  /// One that is told from others by its end. Base 64 of it has all 64 digits.
  private static func image(_ name: String = "", bytes: Int = 0) -> [UInt8] {
    [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + (0...255) + (0...255).reversed()
      + [UInt8](repeating: 0xFB, count: bytes) + Array(name.utf8)
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    var writer = JSONWriter()
    writer.base64(bytes)
    return String(decoding: writer.bytes.dropFirst().dropLast(), as: UTF8.self)
  }

  private static func digest(_ bytes: [UInt8]) -> String {
    ImageDigest(bytes: SHA256.digest(of: bytes))!.description
  }

  /// The images of each message of Ollama's last request.
  private static func sent(_ ollama: ScriptedOllama) -> [[String]] {
    let messages = ollama.snapshot.exchanges(for: "/api/chat").last?.request.json["messages"].array ?? []
    return messages.map { $0["images"].array.compactMap(\.string) }
  }

  private static func path(_ session: String, _ image: [UInt8]? = nil) -> String {
    "\(ChatClient.path)/sessions/\(session)/images" + (image.map { "/" + digest($0) } ?? "")
  }

  /// However a client's language escapes base 64, Ollama gets it plain.
  @Test func inABody() async throws {
    try await withGateway { gateway, ollama in
      let chat = ChatClient(gateway)
      let (first, second) = (Self.image("a"), Self.image("b"))
      let plain = Self.base64(first)
      #expect(plain.contains("+") && plain.contains("/"))
      let escaped = plain.replacing("/", with: #"\/"#).replacing("+", with: #"\u002B"#)
      let lines = plain.enumerated().map { $0.offset % 76 == 75 ? "\($0.element)\\n" : "\($0.element)" }
        .joined()
      for text in [plain, escaped, lines] {
        let response = try await chat.send("What is it?", #""images":["\#(text)","\#(Self.base64(second))"]"#)
        #expect(response.status == 200, "\(response)")
        #expect(Self.sent(ollama) == [[plain, Self.base64(second)]])
      }
    }
  }

  @Test func theHistoryNamesThem() async throws {
    try await withGateway { gateway, ollama in
      let chat = ChatClient(gateway)
      let image = Self.image()
      _ = try await chat.send("What is it?", session: "s", #""images":["\#(Self.base64(image))"]"#)
      let messages = try await chat.history("s")["messages"]
      #expect(messages[0]["images"] == .array([.string(Self.digest(image))]))
      #expect(!messages[1].keys.contains("images"))
      // By its name it is said again, also in the short form.
      _ = try await chat.send("And now?", session: "s", #""images":["\#(Self.digest(image))"]"#)
      #expect(Self.sent(ollama) == [[Self.base64(image)], [], [Self.base64(image)]])
      _ = try await chat.send("Why?", session: "s")
      #expect(Self.sent(ollama) == [[Self.base64(image)], [], [Self.base64(image)], [], []])
      let other = try await chat.send("What?", session: "t", #""images":["\#(Self.digest(image))"]"#)
      #expect(other.status == 422 && other.json["detail"].string?.contains(Self.digest(image)) == true)
    }
  }

  @Test("An image that was given before goes by its name") func givenBefore() async throws {
    try await withGateway { gateway, ollama in
      let image = Self.image()
      let added = try await TestClient.request(
        gateway.port, "POST", Self.path("s"), ["Content-Type": "image/png"], body: image)
      #expect(added.status == 200)
      #expect(
        added.json
          == .object([
            "digest": .string(Self.digest(image)), "media_type": "image/png",
            "size": .number(Double(image.count)),
          ]))
      let shown = try await TestClient.get(gateway.port, Self.path("s", image))
      #expect(shown.status == 200 && shown.body == image)
      #expect(shown.headers["Content-Type"] == "image/png")
      #expect(shown.headers["Content-Length"] == "\(image.count)")
      #expect(shown.headers["X-Content-Type-Options"] == "nosniff")
      #expect(shown.headers["Content-Security-Policy"] == "sandbox")
      #expect(shown.headers["Cache-Control"]?.hasPrefix("private") == true)
      let tag = try #require(shown.headers["ETag"])
      #expect(
        try await TestClient.get(gateway.port, Self.path("s", image), ["If-None-Match": tag]).status == 304)
      let head = try await TestClient.request(gateway.port, "HEAD", Self.path("s", image))
      #expect(head.status == 200 && head.body.isEmpty && head.headers["Content-Length"] == "\(image.count)")
      for path in [
        Self.path("s", Self.image("other")), Self.path("t", image), Self.path("s") + "/x",
        Self.path("s", image) + "/more", Self.path(".", image),
      ] {
        let missing = try await TestClient.get(gateway.port, path)
        #expect([400, 404].contains(missing.status), "\(path)")
      }
      for route in ChatWebSocket.routes {
        let socket = try await ChatWebSocket(gateway, route, session: "s")
        await socket.chat("What is it?", #""images":["\#(Self.digest(image))"]"#)
        _ = try await socket.receive(through: "stream_end")
        #expect(Self.sent(ollama).last == [Self.base64(image)])
        await socket.say("history")
        let messages = try await socket.take("history")["messages"].array
        #expect(messages.dropLast().last?["images"] == .array([.string(Self.digest(image))]))
        await socket.chat("And this?", #""images":["\#(Self.base64(image))"]"#)
        #expect(try await socket.take("error")["code"] == "unprocessable_content")
        await socket.chat("And this?", #""images":["\#(Self.digest(Self.image("other")))"]"#)
        #expect(try await socket.take("error")["code"] == "unprocessable_content")
      }
    }
  }

  /// One that goes out in several pieces, in a body that no loop reads.
  @Test("Large images arrive whole") func largeOnes() async throws {
    let responses = OllamaResponses()
    let keeping = try ScriptedOllama(bodyLimit: 16 << 20) { responses.script(for: $0) }
    try await withGateway(ollama: keeping) { gateway, ollama in
      let images = ["a", "b"].map { Self.image($0, bytes: 1 << 20) }
      let texts = images.map(Self.base64)
      // Twice each: more than a message without images may have. One that is there twice counts once.
      let list = (texts + texts).map { "\"\($0)\"" }.joined(separator: " ,\n")
      let response = try await ChatClient(gateway).send("What?", session: "s", #""images" : [ \#(list) ]"#)
      #expect(response.status == 200, "\(response)")
      let isSent = Self.sent(ollama) == [texts]
      #expect(isSent)
      let shown = try await TestClient.get(gateway.port, Self.path("s", images[1]))
      let isShown = shown.body == images[1]
      #expect(isShown)
      let long = String(repeating: "x", count: 5 << 20)
      let refused = try await ChatClient(gateway).send("Hi", #""agent":"\#(long)""#)
      #expect(refused.status == 413)
      let broken = try await ChatClient(gateway).send("Hi", #""images":["\#(long)"],{}"#)
      #expect(broken.status == 400)
    }
  }

  /// What goes to Ollama is made as it takes it.
  @Test func theyNeedNoMemoryForBodies() async throws {
    let responses = OllamaResponses()
    let keeping = try ScriptedOllama(bodyLimit: 16 << 20) { responses.script(for: $0) }
    try await withGateway(ollama: keeping) { gateway, ollama in
      let image = Self.image(bytes: 2 << 20)
      let added = try await TestClient.request(gateway.port, "POST", Self.path("s"), body: image)
      #expect(added.status == 200)
      let budget = gateway.gateway.services.bodyMemory
      try await eventually("the image's body is given back") { budget.used < 1 << 20 }
      let others = try MemoryHold(budget.limit - budget.used, of: budget, for: nil)
      for _ in 0..<2 {
        let response = try await ChatClient(gateway).send(
          "What?", session: "s", #""images":["\#(Self.digest(image))"]"#)
        #expect(response.status == 200, "\(response)")
      }
      let isSent = Self.sent(ollama) == [[Self.base64(image)], [], [Self.base64(image)]]
      #expect(isSent)
      withExtendedLifetime(others) {}
    }
  }

  @Test(arguments: [
    (#""x""#, "type_error"), ("{}", "type_error"), ("[1]", "type_error"), ("[null]", "type_error"),
    ("[[]]", "type_error"), (#"[""]"#, "value_error"), (#"["no base 64"]"#, "value_error"),
    (#"["R0lGODlhAQABAAAAACw="]"#, "value_error"), (#"["sha256:00"]"#, "value_error"),
    (#"["data:image/png;base64,iVBORw0KGgo="]"#, "value_error"),
    (#"["","","","","","","","",""]"#, "value_error"),
  ])
  func whatIsRefused(images: String, kind: String) async throws {
    try await withGateway { gateway, ollama in
      let response = try await ChatClient(gateway).send("What?", #""images":\#(images)"#)
      #expect(response.status == 422, "\(response)")
      #expect(response.json["errors"][0]["loc"] == .array(["body", "images"]))
      #expect(response.json["errors"][0]["type"].string == kind)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").isEmpty)
    }
  }

  @Test func nothingIsNoImage() async throws {
    try await withGateway { gateway, ollama in
      for images in ["null", "[]", #"["x"],"images":null"#] {
        #expect(try await ChatClient(gateway).send("What?", #""images":\#(images)"#).status == 200)
      }
      for body in [[], Array("GIF89a".utf8), Array("<svg/>".utf8)] {
        let response = try await TestClient.request(gateway.port, "POST", Self.path("s"), body: body)
        #expect(response.status == 422)
      }
      let large = try await TestClient.request(
        gateway.port, "POST", Self.path("s"), body: [UInt8](repeating: 0, count: 8 << 20 + 1))
      #expect(large.status == 413)
      #expect(
        try await TestClient.request(gateway.port, "POST", Self.path("a%20b"), body: Self.image()).status
          == 404)
    }
  }

  @Test func anothersAreNotShown() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let (ann, bob) = (Caller(gateway, at: "203.0.113.1"), Caller(gateway, at: "203.0.113.2"))
      let image = Self.image()
      let response = try await ann.say("What?", session: "tour", #""images":["\#(Self.base64(image))"]"#)
      #expect(response.status == 200)
      #expect(try await ann.get(Self.path("tour", image)).status == 200)
      #expect(try await bob.get(Self.path("tour", image)).status == 404)
    }
  }

  /// One client's images leave room for others', and make room for his own.
  @Test func aClientHasAShare() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let services = gateway.gateway.services
      let account = services.clients.account(of: .v4(0xCB00_7101))
      let budget = services.imageMemory
      let taken = try MemoryHold(budget.clientShare - 600, of: budget, for: account)
      let ann = Caller(gateway, at: "203.0.113.1")
      for (name, session) in [("a", "one"), ("b", "two")] {
        let response = try await ann.say(
          "What?", session: session, #""images":["\#(Self.base64(Self.image(name)))"]"#)
        #expect(response.status == 200)
      }
      // A store has it still.
      let first = try await ann.get(Self.path("one", Self.image("a"))).status
      #expect(first == (RunningGateway.keepsSessions ? 200 : 404), "it made room")
      #expect(try await ann.get(Self.path("two", Self.image("b"))).status == 200)
      let large = Self.image(bytes: 1000)
      let refused = try await ann.say("What?", session: "two", #""images":["\#(Self.base64(large))"]"#)
      #expect(refused.status == 429 && refused.headers["Retry-After"] != nil)
      let bob = Caller(gateway, at: "203.0.113.2")
      #expect(try await bob.say("What?", #""images":["\#(Self.base64(large))"]"#).status == 200)
      withExtendedLifetime(taken) {}
    }
  }

  /// Of a client that has left nothing more is read.
  @Test("The body of a client that has left is scanned no further") func nobodyWaits() async throws {
    try await withGateway { gateway, _ in
      let text = String(repeating: "x", count: 2 * ImageScan.pieceBytes)
      let services = gateway.gateway.services
      for body in [#"{"images":["\#(text)"]}"#, #"{"images":["iVBORw0KGgo="]}"#] {
        let reading = Task {
          withUnsafeCurrentTask { $0?.cancel() }
          do throws(RequestFailure) {
            return try await MessageImages.read(Array(body.utf8), services, for: nil).images.count
          } catch {
            return -error.status
          }
        }
        #expect(await reading.value == -503)
      }
      #expect(services.imageMemory.used == 0)
    }
  }
}
