import EventLoop
import Configuration
@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import Sessions
import GatewayTesting
import Testing

/// A client that comes back misses nothing, wherever it left.
@Suite struct ChatResumeTests {
  private static let tokens = ["Grüße", ",", " 世", "界", " 🌍", "\n\"x\"", "."]

  private static func paused() throws -> ScriptedOllama {
    try ScriptedOllama { _ in .chat(tokens) }
  }

  /// The events of a stream without their start, which each listener gets of its own.
  private static func numbered(_ response: TestClient.Response) -> [TestClient.Event] {
    response.events.filter { $0.type != "stream_start" }
  }

  @Test func fromEveryPosition() async throws {
    try await withGateway(ollama: try Self.paused()) { gateway, _ in
      let chat = ChatClient(gateway)
      let whole = try await chat.stream("Hi", session: "s")
      let events = Self.numbered(whole)
      #expect(events.count == Self.tokens.count + 2)
      let generation = try #require(whole.messages[0]["generation_id"].string)
      for position in 0..<events.count {
        let byQuery = try await chat.resume("s", after: position)
        let byHeader = try await chat.resume("s", lastEventID: "\(generation):\(position)")
        for response in [byQuery, byHeader] {
          #expect(response.status == 200)
          #expect(response.headers["Content-Type"] == "text/event-stream")
          #expect(Self.numbered(response) == Array(events[position...]), "after \(position)")
          #expect((response.events.first?.type == "stream_start") == (position == 0))
        }
      }
      // Whoever has seen all of it, and more than that, is told not to come back.
      for position in [events.count, events.count + 1, 1_000_000] {
        for response in [
          try await chat.resume("s", after: position),
          try await chat.resume("s", lastEventID: "\(generation):\(position)"),
        ] {
          #expect(response.status == 204, "after \(position)")
          #expect(response.body.isEmpty)
        }
      }
      // Of another generation, or of none of ours, nothing was seen.
      for id in ["0123456789abcdef:3", "nonsense", ""] {
        #expect(try await chat.resume("s", lastEventID: id).events == whole.events, "\(id)")
      }
      #expect(try await chat.resume("s").events == whole.events)
      let wrong = try await TestClient.get(gateway.port, "\(ChatClient.path)/sessions/s/stream?after=x")
      #expect(wrong.status == 422)
    }
  }

  @Test("A stream is resumed as NDJSON as well") func asLines() async throws {
    try await withGateway(ollama: try Self.paused()) { gateway, _ in
      let chat = ChatClient(gateway)
      _ = try await chat.stream("Hi", session: "s")
      let response = try await TestClient.get(
        gateway.port, "\(ChatClient.path)/sessions/s/stream?after=2", ["Accept": "application/x-ndjson"])
      #expect(response.headers["Content-Type"] == "application/x-ndjson")
      #expect(response.streamedText == Self.tokens.dropFirst(2).joined())
    }
  }

  @Test func whenThereIsNone() async throws {
    try await withGateway(intervals: Intervals(retention: .milliseconds(50))) { gateway, _ in
      let chat = ChatClient(gateway)
      let unknown = try await chat.resume("none")
      #expect(unknown.status == 404)
      RelayErrorsTests.expectForm(of: ChatClient.path, unknown)
      #expect(try await chat.resume("a%20b").status == 404)
      _ = try await chat.send("Hi", session: "s")
      try await eventually("the generation is too old to be read") {
        let response = try await chat.resume("s")
        #expect(response.status == 200 || response.status == 204)
        return response.status == 204
      }
      #expect(try await chat.history("s")["total"] == 2, "the model's message stays")
    }
  }

  /// A unary message's generation can be read as a stream too.
  @Test func theStreamOfAWholeGeneration() async throws {
    try await withGateway(ollama: try Self.paused()) { gateway, _ in
      let chat = ChatClient(gateway)
      let response = try await chat.send("Hi", session: "s")
      #expect(try await chat.resume("s").streamedText == response.json["response"].string)
    }
  }

  /// The latest one, as soon as there is one.
  @Test func ofTwoGenerationsTheLatest() async throws {
    let ollama = try ScriptedOllama { request in
      .chat([request.json["messages"].array.last?["content"].string ?? ""])
    }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = ChatClient(gateway)
      let first = try await chat.stream("one", session: "s")
      _ = try await chat.stream("two", session: "s")
      let id = try #require(first.events.last?.id)
      let response = try await chat.resume("s", lastEventID: id)
      #expect(response.streamedText == "two", "the position belongs to the first")
    }
  }

  /// A generation that failed ends the same way for all who come.
  @Test func aFailedOne() async throws {
    let ollama = try ScriptedOllama { _ in .chatWithoutDone(["Hel", "lo"]) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let chat = ChatClient(gateway)
      let whole = try await chat.stream("Hi", session: "s")
      #expect(whole.shape == ["stream_start", "stream_chunk", "error"])
      #expect(try await chat.resume("s").events == whole.events)
      #expect(try await chat.resume("s", after: 1).events == Array(whole.events[2...]))
      // Nothing but the error is left: it has a status of its own.
      let rest = try await chat.resume("s", after: 2)
      #expect(rest.status == 502)
      #expect(try await chat.resume("s", after: 3).status == 204)
    }
  }

  // MARK: While it runs

  /// Many listeners, on either worker, from different positions: the same events.
  @Test func listenersOnEveryWorkerSeeTheSame() async throws {
    let tokens = (0..<200).map { "t\($0) " }
    let ollama = try ScriptedOllama { _ in
      Script([.streamHead(), .chunk(OllamaWire.chatLine(model: "m", tokens[0])), .gate("go")])
        + Script([
          .repeatChunks(199, every: .milliseconds(1)) { OllamaWire.chatLine(model: "m", tokens[$0 + 1]) },
          .chunk(OllamaWire.chatEnd(model: "m", evalCount: 200) + "\n"), .endChunks,
        ])
    }
    try await withGateway(ollama: ollama, { $0.workers = 2 }) { gateway, ollama in
      let chat = ChatClient(gateway)
      let first = try await chat.open("Hi", session: "s")
      try await eventually("the first token is there") { await gateway.lastEvent(of: "s") == 1 }
      let registry = gateway.gateway.services.registry
      let generation = try #require(await registry.generation(of: .init("s")!))
      let listeners = try await withThrowingTaskGroup(of: [TestClient.Event].self) { group in
        for number in 0..<16 {
          group.addTask { Self.numbered(try await chat.resume("s", after: number % 2)) }
        }
        try await eventually("all listen") { generation.log.subscriberCount == 17 }
        // Each worker has its share of the connections.
        for worker in gateway.gateway.workers { #expect(await worker.run { $0.context.requests.count } >= 8) }
        ollama.open("go")
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let whole = Self.numbered(try await first.perform { try $0.readResponse() })
      #expect(whole.count == 202)
      #expect(whole.compactMap { $0.json["content"].string }.joined() == tokens.joined())
      for listener in listeners {
        #expect(listener == whole || listener == Array(whole.dropFirst()))
      }
      #expect(generation.log.subscriberCount == 0)
    }
  }

  /// Cut at random places and resumed, hundreds of times: every byte arrives once and in order.
  @Test func cutAnywhereAndResumed() async throws {
    var generator = SeededNumbers(seed: 7)
    let pieces = ["a", "ß", "世界", "🌍", " ", "\n", "\"", "\\u0000", "e\u{301}", "longer text "]
    let tokens = (0..<400).map { _ in (0...generator.next(3)).map { _ in pieces[generator.next(10)] }.joined()
    }
    let ollama = try ScriptedOllama { _ in .chat(tokens, every: .milliseconds(1)) }
    // Nothing ends for want of a listener, however long a busy machine takes to come back.
    let patient = Intervals(retention: .seconds(600))
    try await withGateway(
      ollama: ollama, intervals: patient, { ($0.workers, $0.sessionGrace) = (2, .seconds(600)) }
    ) {
      gateway, _ in
      let rounds = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<4 {
          let seed = UInt64(number)
          group.addTask {
            try await Self.readInPieces(ChatClient(gateway), session: "s\(seed)", seed: seed, tokens)
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(rounds >= 200, "so many cuts")
    }
  }

  /// Reads one generation by connections that are cut after some events, or in the midst of one.
  ///
  /// - Returns: how many connections it took.
  private static func readInPieces(
    _ chat: ChatClient, session: String, seed: UInt64, _ tokens: [String]
  ) async throws -> Int {
    var generator = SeededNumbers(seed: seed)
    var reader = PieceReader()
    var client = try await chat.open("Hi", session: session)
    var rounds = 0
    while true {
      rounds += 1
      let (count, tail, before) = (generator.next(12), generator.next(2), reader)
      reader = try await client.perform { connection in
        var reader = before
        try reader.read(connection, events: count)
        // Some bytes of the next event, which then counts as not seen.
        if tail == 1, !reader.hasEnded { _ = try connection.readBytes() }
        connection.reset()
        return reader
      }
      if reader.hasEnded { break }
      client = try await TestClient.connect(chat.port)
      let (path, last) = ("\(ChatClient.path)/sessions/\(session)/stream", reader.lastID)
      let byHeader = generator.next(2) == 0
      try await client.perform { connection in
        if byHeader {
          try connection.sendRequest("GET", path, last.map { ["Last-Event-ID": $0] } ?? [:])
        } else {
          let number = last.flatMap { $0.split(separator: ":").last } ?? "0"
          try connection.sendRequest("GET", path + "?after=\(number)")
        }
      }
    }
    #expect(reader.numbers == Array(1...tokens.count), "each once, in order")
    #expect(reader.text == tokens.joined())
    let history = try await chat.history(session)
    #expect(history["messages"][1]["content"].string == reader.text)
    return rounds
  }

  /// What a client has seen over all of its connections.
  private struct PieceReader: Sendable {
    var text = ""
    var numbers: [Int] = []
    var lastID: String?
    var hasEnded = false

    mutating func read(_ connection: TestClient.Connection, events count: Int) throws {
      guard try connection.readHead().status == 200 else { throw UnexpectedResponse() }
      for _ in 0..<count {
        guard let event = try connection.readEvent() else { throw UnexpectedResponse() }
        lastID = event.id
        guard event.type == "stream_chunk" else {
          hasEnded = event.type == "stream_end"
          if hasEnded { return }
          continue
        }
        if event.json["done"] == false {
          text += event.json["content"].string ?? ""
          numbers.append(event.json["seq"].int ?? -1)
        }
      }
    }

    struct UnexpectedResponse: Error {}
  }
}

/// Random numbers that a seed repeats (SplitMix64).
struct SeededNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// From 0 up to and without `bound`.
  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }
}
