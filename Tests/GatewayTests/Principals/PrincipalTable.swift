import Configuration
import GatewayTesting
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// What somebody gets who does something with a session of Ann's: over HTTP the status, over a WebSocket that of the error.
struct Touch: Equatable, Sendable {
  var status = 200
  /// Whether Ann's session was seen or changed.
  let reached: Bool

  static let done = Touch(reached: true)
  /// Nothing of Ann's: something of one's own, or an empty list.
  static let elsewhere = Touch(reached: false)
  static func refused(_ status: Int) -> Touch { Touch(status: status, reached: false) }
}

/// A session that Ann has made, with one turn and one image.
struct Scene: Sendable {
  let ann: Caller
  let session: String
  let image: String
  /// A generation of Ann's that waits at a gate of Ollama's, and what opens it.
  let generation: (client: TestClient, open: @Sendable () -> Void)?

  var path: String { "\(ChatClient.path)/sessions/\(session)" }

  /// What is said in the session.
  var contents: [String] {
    get async throws { try await ann.contents(of: session) ?? [] }
  }

  /// Lets the generation that waits end, if nobody has stopped it.
  ///
  /// - Returns: whether it was stopped.
  func wasStopped() async throws -> Bool {
    guard let generation else { return false }
    generation.open()
    return try await generation.client.perform { try $0.readResponse() }.messages.last?["done_reason"]
      == "cancelled"
  }
}

/// One thing to do with a session, and what a stranger gets for it.
struct TableRow: Sendable {
  /// The endpoint (`METHOD PATTERN`), or the message of a WebSocket (`message TYPE`, `command NAME`).
  let key: String
  /// Whether a generation is to be under way.
  var isGenerating = false
  /// Whether it waits itself for the end of that generation.
  var endsGeneration = false
  /// Whether it takes a program of this machine, whosoever the sessions are.
  var isAdministrative = false
  /// What a stranger gets, by the id: one that Ann has chosen, and one that the gateway made and the stranger knows.
  let ofChosen: Touch
  let ofRandom: Touch
  let act: @Sendable (Caller, Scene) async throws -> Touch
}

extension TableRow {
  static let all = messages + sessions + sockets + socketMessages

  /// A message by one of the paths that take one.
  private static func say(_ path: String, _ more: String = "", ofRandom: Touch = .done) -> TableRow {
    TableRow(key: "POST \(path)", ofChosen: .elsewhere, ofRandom: ofRandom) { caller, scene in
      let word = "said at \(path)"
      let response = try await caller.request(
        "POST", path, json: ChatClient.body(word, session: scene.session, more))
      return Touch(status: response.status, reached: try await scene.contents.contains(word))
    }
  }

  private static let messages: [TableRow] =
    ["", "/message", "/send", "/simple"].map { say(ChatClient.path + $0) } + [
      say("/api/v1/simple_chat"),
      say(ChatClient.path, #""regenerate":true"#, ofRandom: .refused(403)),
    ]

  /// A request about a session whose status tells all.
  private static func ask(
    _ method: String, _ suffix: String, isGenerating: Bool = false, ofRandom: Touch
  ) -> TableRow {
    TableRow(
      key: "\(method) \(ChatClient.path)/sessions/{id}\(suffix)", isGenerating: isGenerating,
      ofChosen: .refused(404), ofRandom: ofRandom
    ) { caller, scene in
      let path = scene.path + suffix.replacing("{digest}", with: scene.image)
      let status = try await caller.request(method, path).status
      return Touch(status: status, reached: status == 200)
    }
  }

  private static let sessions = [
    TableRow(key: "GET \(ChatClient.path)/sessions", ofChosen: .elsewhere, ofRandom: .elsewhere) {
      Touch(reached: try await $0.sessions.contains($1.session))
    },
    ask("GET", "", ofRandom: .done),
    ask("DELETE", "", ofRandom: .refused(403)),
    ask("GET", "/stream", ofRandom: .done),
    ask("DELETE", "/stream", isGenerating: true, ofRandom: .refused(403)),
    ask("GET", "/images/{digest}", ofRandom: .done),
    TableRow(key: "POST \(ChatClient.path)/sessions/{id}/images", ofChosen: .elsewhere, ofRandom: .done) {
      caller, scene in
      let image = try await caller.addImage(7, to: scene.session)
      return Touch(reached: try await scene.ann.status("GET", scene.session, "/images/\(image)") == 200)
    },
  ]

  private static let sockets =
    ChatWebSocket.routes.map { route in
      TableRow(key: "GET \(route)", isGenerating: true, ofChosen: .elsewhere, ofRandom: .done) {
        let socket = try await ChatWebSocket($0.port, route, session: $1.session, headers: $0.headers)
        return Touch(reached: socket.connection["generation"] != .null)
      }
    } + [
      TableRow(
        key: "GET \(ChatClient.path)/connections", isAdministrative: true, ofChosen: .refused(403),
        ofRandom: .refused(403)
      ) { caller, scene in
        let socket = try await scene.ann.socket(session: scene.session)
        let response = try await caller.get("\(ChatClient.path)/connections")
        let sessions = response.json["connections"].array.map { $0["session_id"].string ?? "?" }
        try await socket.socket.close()
        return Touch(status: response.status, reached: sessions.contains(scene.session))
      },
      TableRow(
        key: "POST \(ChatClient.path)/broadcast", isAdministrative: true, ofChosen: .refused(403),
        ofRandom: .refused(403)
      ) { caller, scene in
        let socket = try await scene.ann.socket(session: scene.session)
        let response = try await caller.request(
          "POST", "\(ChatClient.path)/broadcast", json: #"{"message":"tea"}"#)
        // A broadcast that was taken comes by way of the loop that serves the socket: after the response, it may be.
        if response.status != 200 { await socket.say("ping") }
        let messages = try await socket.receive(throughAnyOf: ["broadcast", "pong"])
        return Touch(status: response.status, reached: messages.last?["type"] == "broadcast")
      },
    ]

  private static let socketMessages = [
    speak("chat", through: "stream_end", ofRandom: .done),
    speak("text", through: "response", ofRandom: .done),
    speak("chat", #","regenerate":true"#, through: "stream_end", ofRandom: .refused(403)),
    TableRow(
      key: "message stop", isGenerating: true, endsGeneration: true, ofChosen: .elsewhere,
      ofRandom: .refused(403)
    ) {
      let socket = try await $0.socket(session: $1.session)
      await socket.say("stop")
      // Who has joined Ann's generation hears of its end, or why not.
      if socket.connection["generation"] != .null {
        let messages = try await socket.receive(throughAnyOf: ["stream_end", "error"])
        return Touch(status: messages.status, reached: messages.last?["done_reason"] == "cancelled")
      }
      // Questions are served in their order.
      await socket.say("get_history")
      let status = try await socket.receive(through: "history").status
      return Touch(status: status, reached: try await $1.wasStopped())
    },
    TableRow(key: "message resume", ofChosen: .refused(404), ofRandom: .done) {
      let socket = try await $0.socket()
      await socket.say("resume", #""session_id":"\#($1.session)""#)
      let message = try await socket.receive()
      return Touch(status: [message].status, reached: message["type"] == "resumed")
    },
    read("message get_history", #""type":"get_history""#) { $0["messages"] },
    read("message history", #""type":"history""#) { $0["messages"] },
    read("command get_history", #""type":"command","command":"get_history""#) { $0["data"] },
    clear("message clear_history", #""type":"clear_history""#),
    clear("command clear_history", #""type":"command","command":"clear_history""#),
    greet("connect"), greet("handshake"),
  ]

  private static func speak(
    _ type: String, _ more: String = "", through last: String, ofRandom: Touch
  ) -> TableRow {
    TableRow(key: "message \(type)", ofChosen: .elsewhere, ofRandom: ofRandom) { caller, scene in
      let socket = try await caller.socket(session: scene.session)
      await socket.say(type, #""message":"over a socket"\#(more)"#)
      let messages = try await socket.receive(throughAnyOf: [last, "error"])
      let reached = try await scene.contents.contains("over a socket")
      return Touch(status: messages.status, reached: reached)
    }
  }

  private static func read(
    _ key: String, _ members: String, _ list: @escaping @Sendable (TestJSON) -> TestJSON
  ) -> TableRow {
    TableRow(key: key, ofChosen: .elsewhere, ofRandom: .done) {
      let socket = try await $0.socket(session: $1.session)
      await socket.socket.send("{\(members)}")
      return Touch(reached: list(try await socket.receive()).array.count > 0)
    }
  }

  private static func clear(_ key: String, _ members: String) -> TableRow {
    TableRow(key: key, ofChosen: .elsewhere, ofRandom: .refused(403)) {
      let socket = try await $0.socket(session: $1.session)
      await socket.socket.send("{\(members)}")
      let status = [try await socket.receive()].status
      return Touch(status: status, reached: try await $1.contents.isEmpty)
    }
  }

  private static func greet(_ type: String) -> TableRow {
    TableRow(key: "message \(type)", isGenerating: true, ofChosen: .elsewhere, ofRandom: .done) {
      let socket = try await $0.socket(session: $1.session)
      await socket.say(type)
      let connection = try await socket.receive(through: "connection").last
      return Touch(reached: connection?["generation"] != .null)
    }
  }
}

extension [TestJSON] {
  /// The status of the error among messages, or 200.
  fileprivate var status: Int {
    switch first(where: { $0["type"] == "error" })?["code"].string {
    case nil: 200
    case "forbidden": 403
    case "not_found": 404
    default: 500
    }
  }
}

extension Caller {
  /// Gives a session an image, and returns its digest.
  func addImage(_ number: UInt8, to session: String) async throws -> String {
    let response = try await TestClient.request(
      port, "POST", "\(ChatClient.path)/sessions/\(session)/images", headers,
      body: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, number])
    return response.json["digest"].string ?? "none: \(response.status)"
  }
}
