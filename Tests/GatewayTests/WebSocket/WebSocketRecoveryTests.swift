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
import Testing

/// Connections that die in the middle of a generation, and clients that come back: nothing is lost, nothing comes twice.
@Suite struct WebSocketRecoveryTests {
  private static let sessions = 125
  private static let cutsEach = 8

  /// Tokens of all widths, some of which break characters that belong together.
  private static let tokens = (0..<160).map { number in
    ["w\(number) ", "é", "漢字\(number)", "🦊", "\"\\\n", "e\u{301}"][number % 6]
  }

  /// A thousand cuts at random places on two workers, half of them by RST and half by falling silent; each client comes
  /// back with the last number that it saw, by the query or by a message.
  @Test func aThousandCuts() async throws {
    let ollama = try ScriptedOllama { _ in .chat(Self.tokens, every: .milliseconds(12)) }
    // Nothing ends for want of a listener, however long a busy machine takes to come back.
    let patient = Intervals(retention: .seconds(600))
    try await withGateway(ollama: ollama, intervals: patient) {
      $0.sessionGrace = .seconds(600)
    } _: { gateway, ollama in
      let cuts = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<Self.sessions {
          group.addTask { try await Self.talk(gateway, "s\(number)", seed: UInt64(number)) }
        }
        return try await group.reduce(0, +)
      }
      #expect(cuts == Self.sessions * Self.cutsEach)
      #expect(ollama.snapshot.exchanges(for: "/api/chat").count == Self.sessions)
    }
  }

  /// One client, which is cut off at places that the seed chooses.
  ///
  /// - Returns: how often it was.
  private static func talk(_ gateway: RunningGateway, _ session: String, seed: UInt64) async throws -> Int {
    var random = SeededGenerator(seed: seed)
    var places = Set<Int>()
    while places.count < cutsEach { places.insert(Int.random(in: 0..<tokens.count, using: &random)) }
    var chat = try await ChatWebSocket(gateway, session: session)
    await chat.chat()
    // Its turn has begun, and cannot be lost with the connection.
    _ = try await chat.take("message_received")
    var last = 0
    var text = ""
    // A silent connection is the gateway's to find dead: it stays until the end.
    var silent: [ChatWebSocket] = []
    for place in places.sorted() {
      if place == 0 { _ = try await chat.take("stream_start") }
      while last < place { try await take(chat, &last, &text) }
      if Bool.random(using: &random) {
        await chat.socket.kill()
      } else {
        await chat.socket.fallSilent()
        silent.append(chat)
      }
      chat = try await comeBack(gateway, session, after: last, byQuery: Bool.random(using: &random))
    }
    while try await take(chat, &last, &text) {}
    let history = try await ChatClient(gateway).history(session)
    #expect(
      history["messages"][1]["content"].string.map { Array($0.utf8) } == Array(text.utf8), "seed \(seed)")
    #expect(Array(text.utf8) == Array(tokens.joined().utf8), "seed \(seed)")
    return places.count
  }

  private static func comeBack(
    _ gateway: RunningGateway, _ session: String, after number: Int, byQuery: Bool
  ) async throws -> ChatWebSocket {
    if byQuery { return try await ChatWebSocket(gateway, session: session, "after=\(number)") }
    let chat = try await ChatWebSocket(gateway)
    await chat.say("resume", #""session_id":"\#(session)","after":\#(number)"#)
    #expect(try await chat.take("resumed")["from"].int == number)
    return chat
  }

  /// Takes the next message of the generation.
  ///
  /// - Returns: false at its end.
  @discardableResult
  private static func take(_ chat: ChatWebSocket, _ last: inout Int, _ text: inout String) async throws
    -> Bool
  {
    let message = try await chat.receive()
    switch message["type"].string {
    case "stream_chunk":
      #expect(message["seq"].int == last + 1)
      last += 1
      // Bytes, as a character may come in two pieces.
      text += message["content"].string ?? ""
      return true
    case "stream_end":
      #expect(message["full_response"].string == text)
      return false
    case "stream_start": return true
    default: throw TestWebSocketError.unexpected("\(message)")
    }
  }
}
