internal import System

/// The response to one request as the simulation makes it, in the words of the API that was asked.
struct SimulatedResponse {
  /// The APIs whose responses the simulation makes.
  enum Dialect {
    case chat
    case generate
    case embed
    case completions(includesUsage: Bool)
    case messages
    case pull
  }

  let dialect: Dialect
  let model: String
  let streams: Bool
  /// What it says, a token each.
  let tokens: [String]
  /// The reason of an end without tokens: `load`, where there was no prompt.
  let isLoad: Bool
  let live = LiveResponse()
  private var hasHead = false

  init(_ dialect: Dialect, model: String, streams: Bool, tokens: [String] = [], isLoad: Bool = false) {
    self.dialect = dialect
    self.model = model
    self.streams = streams
    self.tokens = tokens
    self.isLoad = isLoad
  }

  mutating func token(_ index: Int) {
    guard streams, tokens.indices.contains(index) else { return }
    switch dialect {
    case .chat: sendChunk(OllamaWire.chatLine(model: model, tokens[index]))
    case .generate: sendChunk(OllamaWire.generateLine(model: model, tokens[index]))
    case .completions: sendChunk(OllamaWire.completionEvent(model: model, tokens[index]))
    case .messages:
      if !hasHead { sendChunk(OllamaWire.messagesStart(model: model)) }
      sendChunk(OllamaWire.messagesDelta(tokens[index]))
    case .embed, .pull: break
    }
  }

  mutating func end(_ figures: OllamaSimulation.Figures) {
    let reason = isLoad ? "load" : figures.isCut ? "length" : "stop"
    if streams, !isLoad {
      if case .messages = dialect, !hasHead { sendChunk(OllamaWire.messagesStart(model: model)) }
      sendChunk(ending(figures, reason), isLast: true)
    } else {
      let isOpenAI = if case .completions = dialect { true } else { false }
      let type = isOpenAI ? "application/json" : "application/json; charset=utf-8"
      send(.ollamaJSON(whole(figures, reason), type: type))
    }
  }

  private func ending(_ figures: OllamaSimulation.Figures, _ reason: String) -> String {
    switch dialect {
    case .chat, .generate, .embed, .pull: return native("", figures, reason) + "\n"
    case .completions(let includesUsage):
      var end = OllamaWire.completionEvent(model: model, "", finish: reason)
      if includesUsage {
        end += OllamaWire.completionUsageEvent(
          model: model, promptTokens: figures.promptTokens, completionTokens: figures.tokens)
      }
      return end + OllamaWire.completionDone
    case .messages: return OllamaWire.messagesEnd(figures)
    }
  }

  private func whole(_ figures: OllamaSimulation.Figures, _ reason: String) -> String {
    let text = tokens.prefix(figures.tokens).joined()
    switch dialect {
    case .chat, .generate, .embed, .pull: return native(text, figures, reason)
    case .completions:
      return OllamaWire.completion(
        model: model, text, finish: reason, promptTokens: figures.promptTokens,
        completionTokens: figures.tokens)
    case .messages: return OllamaWire.message(model: model, text, figures)
    }
  }

  private func native(_ text: String, _ figures: OllamaSimulation.Figures, _ reason: String) -> String {
    let counters = OllamaWire.counters(figures)
    switch dialect {
    case .embed:
      let vectors = isLoad ? "" : "[0.1,0.2,0.3]"
      return #"{"model":\#(OllamaWire.quoted(model)),"embeddings":[\#(vectors)],"#
        + #""total_duration":\#(figures.total.wholeNanoseconds),"load_duration":\#(figures.load.wholeNanoseconds),"#
        + #""prompt_eval_count":\#(figures.promptTokens)}"#
    case .generate:
      if isLoad { return OllamaWire.loaded(model: model, message: false, reason: reason) }
      return OllamaWire.generateEnd(model: model, text, reason: reason, counters: counters)
    default:
      if isLoad { return OllamaWire.loaded(model: model, message: true, reason: reason) }
      return OllamaWire.chatEnd(model: model, text, reason: reason, counters: counters)
    }
  }

  // MARK: Errors

  func refuse(_ status: Int, _ message: String) {
    switch dialect {
    case .completions:
      let body = OllamaWire.openAIError(message, type: "api_error") + "\n"
      send(.response(status, type: "application/json", Array(body.utf8)))
    case .messages: send(.json(OllamaWire.messagesError(status, message), status: status))
    default: send(.error(status, message))
    }
  }

  /// The runner died: an error line where the head is gone, status 500 where it is not.
  mutating func fail(_ message: String) {
    guard hasHead else { return refuse(500, message) }
    switch dialect {
    case .completions:
      sendChunk("data: \(OllamaWire.openAIError(message, type: "api_error"))\n\n", isLast: true)
    case .messages:
      sendChunk("event: error\ndata: \(OllamaWire.messagesError(500, message))\n\n", isLast: true)
    default: sendChunk(OllamaWire.error(message) + "\n", isLast: true)
    }
  }

  // MARK: Lines of progress

  mutating func line(_ line: String) {
    if streams { sendChunk(line + "\n") }
  }

  func endLines(_ error: String?) {
    if streams {
      live.send(Array("0\r\n\r\n".utf8), isWhole: true)
    } else if let error {
      send(.error(500, error))
    } else {
      send(.json(#"{"status":"success"}"#))
    }
  }

  // MARK: Bytes

  private func send(_ script: Script) {
    let bytes = script.steps.flatMap { step -> [UInt8] in
      if case .send(let bytes) = step.action { bytes } else { [] }
    }
    live.send(bytes, isWhole: true)
  }

  /// The head goes with the first chunk.
  private mutating func sendChunk(_ text: String, isLast: Bool = false) {
    var bytes: [UInt8] = []
    if !hasHead {
      hasHead = true
      let isSSE =
        switch dialect {
        case .completions, .messages: true
        default: false
        }
      if case .send(let head) = Script.Step.streamHead(isSSE ? "text/event-stream" : "application/x-ndjson")
        .action
      {
        bytes += head
      }
    }
    bytes += Script.framed(Array(text.utf8))
    if isLast { bytes += Array("0\r\n\r\n".utf8) }
    live.send(bytes, isWhole: isLast)
  }
}
