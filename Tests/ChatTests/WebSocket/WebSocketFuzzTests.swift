@testable import Chat
@testable import Handling
import GatewayTesting
import Glibc
import JSON
import Sessions
import Testing

/// Random and broken JSON for the chat protocol, with a seed. What must hold for each message: no crash; it is refused, or
/// whatever is written is JSON that says what it is; what waits stays bounded.
///
/// `FUZZ_SECONDS` lets it run that long, with further seeds.
@Suite struct WebSocketFuzzTests {
  private static let samples = [
    #"{"type":"chat","message":"Héllo 🦊","model":"m:1","temperature":0.5,"max_tokens":5,"stream":false}"#,
    #"{"message":"a","system":"b","options":{"top_k":3,"stop":["x","y"]},"user_id":"u","agent":null}"#,
    #"{"type":"text","message":"Hi","stream":true,"include_context":false}"#,
    #"{"type":"resume","session_id":"s-1_2.3","after":17}"#, #"{"type":"resume"}"#,
    #"{"type":"config","config":{"a":[1,2.5e3,{"b":null}],"c":"\u00e9\ud83e\udd8a"}}"#,
    #"{"type":"command","command":"get_metrics"}"#, #"{"type":"stop"}"#, #"{"type":"get_history"}"#,
    #"{"type":"clear_history"}"#, #"{"type":"ping"}"#, #"{"type":"connect","session_id":"s"}"#,
    #"{"message":"a","images":["sha256:\#(String(repeating: "0f", count: 32))"]}"#,
  ]
  /// What stands in for a value.
  private static let values = [
    "null", "true", "-1", "1e999", "9223372036854775808", "0.1", #""""#, #""\ud800""#, #""\u0000""#, "[]",
    "{}", "[[[[]]]]", #""chat""#, #""\"""#,
  ]

  @Test func anyMessageIsBorne() async throws {
    let seconds = getenv("FUZZ_SECONDS").flatMap { Double(String(cString: $0)) } ?? 0
    let end = ContinuousClock.now + .seconds(seconds)
    let registry = SessionRegistry()
    var generations: [Generation] = []
    for _ in 0..<3 {
      let request = TurnRequest(
        sessionID: .random(), user: "u", message: "m", model: "m:latest")
      generations.append(try await registry.beginTurn(request).generation)
    }
    let reader = JSONReader(maximumBytes: 1 << 20)
    var taken = 0
    var refused = 0
    var seed: UInt64 = 0
    repeat {
      for _ in 0..<200 {
        seed += 1
        guard run(seed: seed, reader, generations, &taken, &refused) else { return }
      }
    } while ContinuousClock.now < end
    #expect(taken > 100 && refused > 100, "the inputs go both ways")
  }

  /// One connection's messages.
  ///
  /// - Returns: whether all held.
  private func run(
    seed: UInt64, _ reader: JSONReader, _ generations: [Generation], _ taken: inout Int, _ refused: inout Int
  ) -> Bool {
    var random = SeededGenerator(seed: seed)
    var dialogue = ChatSocketProtocol(sessionID: .random(), clientID: "c", instance: "i")
    var writer = JSONWriter()
    var isSound = true
    for _ in 0..<20 {
      var text = Array((Self.samples.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 0...2, using: &random) { mutate(&text, using: &random) }
      do throws(RequestFailure) {
        let message = try text.withUnsafeBufferPointer { bytes throws(RequestFailure) in
          try reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
            try ChatSocketMessage(root, defaultModel: "m:latest")
          }
        }
        taken += 1
        let command = dialogue.receive(message, into: &writer)
        isSound = isSound && take(&writer, mayBeEmpty: command != nil)
        perform(command, &dialogue, &writer, generations.randomElement(using: &random))
      } catch {
        refused += 1
        dialogue.write(error, into: &writer)
        isSound = isSound && take(&writer, mayBeEmpty: false)
      }
    }
    #expect(isSound, "seed \(seed)")
    return isSound
  }

  /// Does what a socket does.
  private func perform(
    _ command: ChatSocketProtocol.Command?, _ dialogue: inout ChatSocketProtocol, _ writer: inout JSONWriter,
    _ generation: Generation?
  ) {
    switch command {
    case .beginTurn(_, _, let number):
      if let generation { _ = dialogue.generationDidStart(generation, ownTurn: number, into: &writer) }
    case .resume(_, let number): _ = dialogue.resume(generation, after: number, into: &writer)
    case .stop: _ = dialogue.generationDidEnd(into: &writer)
    case .configure(let config):
      var kept = SocketConfiguration()
      guard (try? kept.merge(config)) != nil else { break }
      let once = kept
      #expect((try? kept.merge(config)) != nil && kept == once, "what is merged with itself is the same")
      #expect(eachKeyOnce(once.json), "what is kept has each key once")
    default: break
    }
    writer.reset()
  }

  private func eachKeyOnce(_ object: [UInt8]) -> Bool {
    object.withUnsafeBytes { bytes in
      var scanner = JSONMemberScanner()
      var keys: Set<[UInt8]> = []
      while true {
        switch try? scanner.next(in: bytes) {
        case .member(let member): guard keys.insert(Array(member.key)).inserted else { return false }
        case .end: return true
        default: return false
        }
      }
    }
  }

  /// Takes what was written.
  ///
  /// - Returns: whether it is a message.
  private func take(_ writer: inout JSONWriter, mayBeEmpty: Bool) -> Bool {
    defer { writer.reset() }
    if writer.bytes.isEmpty { return mayBeEmpty }
    return (try? TestJSON(writer.bytes))?["type"].string != nil
  }

  private func mutate(_ text: inout [UInt8], using random: inout SeededGenerator) {
    guard !text.isEmpty else { return }
    let index = Int.random(in: 0..<text.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: text[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
    case 1: text.remove(at: index)
    case 2: text.insert(UInt8.random(in: 0...255, using: &random), at: index)
    case 3: text.removeLast(text.count - index)
    default:
      // Another value after some colon.
      let colons = text.indices.filter { text[$0] == UInt8(ascii: ":") }
      guard let colon = colons.randomElement(using: &random) else { return }
      let end =
        text[(colon + 1)...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? text.count
      text.replaceSubrange((colon + 1)..<end, with: (Self.values.randomElement(using: &random) ?? "").utf8)
    }
  }
}
