@testable import Chat
@testable import Handling
import JSON
import OllamaAPI
import Sessions
import Testing

/// The body of `POST /api/v1/chat`, field by field.
@Suite struct ChatMessageRequestTests {
  private let reader = JSONReader(maximumBytes: 8 << 20)

  private func read(
    _ body: String, _ variant: ChatVariant = .message
  ) throws(RequestFailure) -> ChatMessageRequest {
    try reader.withDocument(body) { root throws(RequestFailure) in
      try ChatMessageRequest(root, variant: variant, defaultModel: "default:latest")
    }
  }

  private func refusal(_ body: String, _ variant: ChatVariant = .message) -> RequestFailure? {
    do throws(RequestFailure) {
      _ = try read(body, variant)
      return nil
    } catch {
      return error
    }
  }

  @Test("What a message leaves out has its default") func defaults() throws {
    let request = try read(#"{"message":" Hello "}"#)
    #expect(request.message == " Hello ", "trimming is for the check alone")
    #expect(request.model == "default:latest")
    #expect(request.sessionID == nil)
    #expect(request.userID == "anonymous")
    #expect(!request.stream)
    #expect(request.system == nil)
    #expect(request.options.temperature == 0.7)
    #expect(request.options.maximumTokens == 1000)
  }

  /// A body of megabytes that is nothing but small values costs no more than to parse it.
  @Test func fieldsAndOptionsAreBounded() throws {
    func fields(_ count: Int) -> String { (0..<count).map { #""x\#($0)":0"# }.joined(separator: ",") }
    #expect(try read(#"{"message":"m",\#(fields(999))}"#).message == "m")
    #expect(refusal(#"{"message":"m",\#(fields(1000))}"#)?.status == 422)
    #expect(try read(#"{"message":"m","options":{\#(fields(1000))}}"#).message == "m")
    let options = refusal(#"{"message":"m","options":{\#(fields(1001))}}"#)
    #expect(options?.status == 422 && options?.field == "options")
  }

  @Test("Every field of a message is read") func everyField() throws {
    let request = try read(
      #"""
      {"message":"m","model":"phi3","session_id":"s.1_-","user_id":"u","stream":true,"temperature":0,
       "max_tokens":131072,"system":"be brief","options":{"top_k":3,"temperature":1,"num_predict":7}}
      """#)
    #expect(request.model == "phi3:latest")
    #expect(request.sessionID == SessionID("s.1_-"))
    #expect(request.userID == "u")
    #expect(request.stream)
    #expect(request.system == "be brief")
    // The fields win over the options.
    #expect(encoded(request.options) == #"{"top_k":3,"temperature":0.0,"num_predict":131072}"#)
  }

  @Test func thinkAndFormat() throws {
    #expect(try read(#"{"message":"m"}"#).think == nil)
    #expect(try read(#"{"message":"m","think":false}"#).think == .flag(false))
    let level = String(repeating: "x", count: 256)
    #expect(try read(#"{"message":"m","think":"\#(level)"}"#).think == .level(level))
    for think in ["1", "[]", "{}", #""\#(level)x""#] {
      let failure = refusal(#"{"message":"m","think":\#(think)}"#)
      #expect(failure?.status == 422 && failure?.field == "think", "\(think)")
      #expect(
        failure?.detail.hasPrefix("“think” takes true, false or a string of at most 256 bytes, and got a")
          == true)
    }
    #expect(try read(#"{"message":"m"}"#).format == nil)
    for format in ["true", "1", "[]", #""xml""#, #""json ""#, #""JSON""#] {
      let failure = refusal(#"{"message":"m","format":\#(format)}"#)
      #expect(failure?.status == 422 && failure?.field == "format", "\(format)")
      #expect(failure?.detail.hasPrefix("“format” takes “json” or a JSON schema, and got a") == true)
    }
  }

  /// A schema is written anew on an event loop, and held while its turn waits.
  @Test func schemasAreBounded() throws {
    func members(_ count: Int) -> String { (0..<count).map { #""x\#($0)":0"# }.joined(separator: ",") }
    let request = try read(#"{"message":"m","system":"abc","format":{\#(members(10_000))}}"#)
    #expect(request.format?.json.count == members(10_000).utf8.count + 2)
    #expect(request.attachedBytes == (request.format?.json.count ?? 0) + 3)
    #expect(refusal(#"{"message":"m","format":{\#(members(10_001))}}"#)?.field == "format")
    #expect(refusal(#"{"message":"m","format":{"a":[{\#(members(9_999))},0]}}"#)?.field == "format")
    let long = String(repeating: "x", count: 256 << 10)
    #expect(refusal(#"{"message":"m","format":{"const":"\#(long)"}}"#)?.field == "format")
  }

  @Test func optionsStandWhereTheFieldsDoNot() throws {
    let request = try read(
      #"{"message":"m","options":{"temperature":1.5,"num_predict":7,"stop":["a"],"seed":null}}"#)
    #expect(request.options.temperature == 1.5)
    #expect(request.options.maximumTokens == 7)
    #expect(encoded(request.options).hasPrefix(#"{"stop":["a"]"#))
  }

  @Test func nullMeansAbsentAndUnknownFieldsAreIgnored() throws {
    let request = try read(
      #"""
      {"message":"m","model":null,"session_id":null,"user_id":null,"stream":null,"temperature":null,
       "max_tokens":null,"system":null,"options":null,"agent":"x","context":{"a":[1]},"Message":"other"}
      """#)
    #expect(try request == read(#"{"message":"m"}"#))
  }

  /// What is refused, the field to blame, and the sentence.
  @Test(arguments: [
    (#"{}"#, "message", "“message” is missing; it takes a string that is not empty."),
    (#"{"message":null}"#, "message", "“message” is missing; it takes a string that is not empty."),
    (#"{"message":5}"#, "message", "“message” takes a string, and got a number."),
    (#"{"message":["a"]}"#, "message", "“message” takes a string, and got an array."),
    (#"{"message":""}"#, "message", "“message” takes a string that is not empty, and got white space alone."),
    (
      #"{"message":" \t\r\n\u00a0\u3000"}"#, "message",
      "“message” takes a string that is not empty, and got white space alone."
    ),
    (#"{"message":"m","model":""}"#, "model", "“model” takes the name of a model, such as tinyllama:latest."),
    (
      #"{"message":"m","model":"a b"}"#, "model",
      "“model” takes the name of a model, such as tinyllama:latest."
    ),
    (#"{"message":"m","model":{}}"#, "model", "“model” takes a string, and got an object."),
    (
      #"{"message":"m","session_id":""}"#, "session_id",
      "“session_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”, and got something else."
    ),
    (
      #"{"message":"m","session_id":"a/b"}"#, "session_id",
      "“session_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”, and got something else."
    ),
    (
      #"{"message":"m","session_id":".."}"#, "session_id",
      "“session_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”, and got something else."
    ),
    (#"{"message":"m","session_id":1}"#, "session_id", "“session_id” takes a string, and got a number."),
    (#"{"message":"m","user_id":false}"#, "user_id", "“user_id” takes a string, and got a boolean."),
    (#"{"message":"m","stream":"true"}"#, "stream", "“stream” takes true or false, and got a string."),
    (#"{"message":"m","stream":1}"#, "stream", "“stream” takes true or false, and got a number."),
    (#"{"message":"m","system":1}"#, "system", "“system” takes a string, and got a number."),
    (#"{"message":"m","options":[]}"#, "options", "“options” takes an object, and got an array."),
    (
      #"{"message":"m","options":{"temperature":"hot"}}"#, "options.temperature",
      "“options.temperature” takes a number, and got a string."
    ),
    (
      #"{"message":"m","temperature":"warm"}"#, "temperature",
      "“temperature” takes a number from 0 to 2, and got a string."
    ),
    (
      #"{"message":"m","max_tokens":true}"#, "max_tokens",
      "“max_tokens” takes an integer from 1 to 131072, and got a boolean."
    ),
  ])
  func aWrongFieldIsNamed(body: String, field: String, detail: String) {
    let refusal = refusal(body)
    #expect(refusal?.status == 422)
    #expect(refusal?.field == field)
    #expect(refusal?.detail == detail)
  }

  /// What was got is told for a number too.
  @Test(arguments: [
    ("temperature", "2.01"), ("temperature", "-0.1"), ("temperature", "1000000"), ("max_tokens", "0"),
    ("max_tokens", "131073"), ("max_tokens", "1.5"), ("max_tokens", "-1"),
  ])
  func aNumberOutOfRange(field: String, value: String) {
    let refusal = refusal(#"{"message":"m","\#(field)":\#(value)}"#)
    #expect(refusal?.status == 422)
    #expect(refusal?.field == field)
    let takes = field == "temperature" ? "a number from 0 to 2" : "an integer from 1 to 131072"
    #expect(refusal?.detail == "“\(field)” takes \(takes), and got \(value).")
  }

  /// A string is taken for a number where all of it is one, by JSON's grammar.
  @Test(
    arguments: [
      ("0.7", 0.7, nil), ("2", 2, 2), ("1", 1, 1), ("1.0", 1, 1), ("1e0", 1, 1), ("-0", 0, nil),
      ("0.5E+0", 0.5, nil),
      ("", nil, nil), (" 1", nil, nil), ("1 ", nil, nil), ("1.", nil, nil), (".7", nil, nil),
      ("01", nil, nil),
      ("+1", nil, nil), ("0x1", nil, nil), ("nan", nil, nil), ("inf", nil, nil), ("1e999", nil, nil),
      ("1e", nil, nil),
      ("1_0", nil, nil), ("1,5", nil, nil), ("\u{661}", nil, nil), ("1\u{301}", nil, nil), ("--1", nil, nil),
      ("-", nil, nil),
      ("300", nil, 300), ("131073", nil, nil), ("99999999999999999999", nil, nil),
      (String(repeating: "1", count: 65), nil, nil), ("0." + String(repeating: "0", count: 63), nil, nil),
    ] as [(String, Double?, Int?)])
  func numbersInQuotes(text: String, temperature: Double?, tokens: Int?) throws {
    for (field, isTaken) in [("temperature", temperature != nil), ("max_tokens", tokens != nil)] {
      let body = #"{"message":"m","\#(field)":"\#(text)"}"#
      guard isTaken else {
        #expect(refusal(body)?.field == field, "\(body)")
        continue
      }
      let options = try read(body).options
      #expect(field == "temperature" ? options.temperature == temperature : options.maximumTokens == tokens)
    }
  }

  @Test func optionsInQuotes() throws {
    let request = try read(#"{"message":"m","options":{"temperature":"0.25","num_predict":"7","seed":"5"}}"#)
    #expect(
      encoded(request.options) == #"{"seed":"5","temperature":0.25,"num_predict":7}"#,
      "what else an option may hold is Ollama's to judge")
  }

  /// For programs: which of three things is wrong.
  @Test(arguments: [
    ("{}", FieldFault.Kind.missing), (#"{"message":5}"#, .type), (#"{"message":" "}"#, .value), ("[]", .type),
    (#"{"message":"m","temperature":3}"#, .value), (#"{"message":"m","temperature":"3"}"#, .value),
    (#"{"message":"m","temperature":"warm"}"#, .type), (#"{"message":"m","max_tokens":{}}"#, .type),
    (#"{"message":"m","stream":"true"}"#, .type), (#"{"message":"m","options":{"num_predict":[]}}"#, .type),
    (#"{"message":"m","model":"a b"}"#, .value),
  ])
  func kindsOfFaults(body: String, kind: FieldFault.Kind) {
    #expect(refusal(body)?.fault == FieldFault(kind))
  }

  @Test func numbersAtTheEdge() throws {
    #expect(try read(#"{"message":"m","temperature":2}"#).options.temperature == 2)
    #expect(try read(#"{"message":"m","max_tokens":1}"#).options.maximumTokens == 1)
  }

  @Test(arguments: ["[]", "null", #""text""#, "5"])
  func whatIsNoObject(body: String) {
    #expect(refusal(body)?.status == 422)
  }

  @Test(arguments: ["", "{", "not json", #"x{"message":"m"}"#, "{\"message\":\"\u{1}\"}"])
  func whatIsNoJSON(body: String) {
    #expect(refusal(body)?.status == 400)
  }

  @Test func sendHasLimitsOfItsOwn() throws {
    let longest = String(repeating: "ü", count: 5000)
    #expect(try read(#"{"message":"\#(longest)"}"#, .send).message == longest)
    let refusal = refusal(#"{"message":"\#(longest)x"}"#, .send)
    #expect(refusal?.status == 400)
    #expect(refusal?.detail == "The message is longer than 5000 characters.")
    #expect(try read(#"{"message":"\#(longest)x"}"#).message.count == 5001)
    #expect(self.refusal(#"{"message":" \n "}"#, .send)?.status == 400)
    #expect(self.refusal(#"{"message":""}"#, .send)?.status == 400)
    #expect(self.refusal("{}", .send)?.status == 422, "absent is another thing than empty")
  }

  /// As JSON Schema's `maxLength` does; a letter under many accents is one character to people, and many here.
  @Test func sendCountsScalars() throws {
    let accented = "a" + String(repeating: "\u{301}", count: 4999)
    #expect(accented.count == 1)
    #expect(try read(#"{"message":"\#(accented)"}"#, .send).message == accented)
    for more in ["\u{301}", "x", "\u{1F98A}"] {
      #expect(refusal(#"{"message":"\#(accented)\#(more)"}"#, .send)?.status == 400)
    }
    let heavy = "a" + String(repeating: "\u{301}", count: 500_000)
    #expect(refusal(#"{"message":"\#(heavy)"}"#, .send)?.status == 400)
    #expect(try read(#"{"message":"\#(heavy)"}"#).message.utf8.count == 1_000_001)
  }

  @Test(arguments: [" ", "\u{3000}", "\u{2028}", "\r\n", "\u{85}", "\u{A0}"])
  func whiteSpaceAloneIsNoMessage(space: String) throws {
    let escaped = space.unicodeScalars.map { "\\u\(String($0.value + 0x10000, radix: 16).dropFirst())" }
      .joined()
    let blank = String(repeating: escaped, count: 20_000)
    #expect(refusal(#"{"message":"\#(blank)"}"#)?.status == 422)
    #expect(refusal(#"{"message":"\#(blank)"}"#, .send)?.status == 400)
    #expect(try read(#"{"message":"\#(escaped)x"}"#, .send).message == space + "x")
    #expect(try read(#"{"message":"\#(escaped)\u0301"}"#, .send).message == space + "\u{301}")
  }

  @Test func textsHaveABound() {
    let long = String(repeating: "x", count: (1 << 20) + 1)
    #expect(refusal(#"{"message":"\#(long)"}"#)?.field == "message")
    #expect(refusal(#"{"message":"m","system":"\#(long)"}"#)?.field == "system")
    let name = String(repeating: "x", count: 257)
    #expect(refusal(#"{"message":"m","user_id":"\#(name)"}"#)?.field == "user_id")
    let session = String(repeating: "x", count: 129)
    #expect(refusal(#"{"message":"m","session_id":"\#(session)"}"#)?.field == "session_id")
  }

  private func encoded(_ options: ChatOptions) -> String {
    var writer = JSONWriter()
    options.encode(into: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
