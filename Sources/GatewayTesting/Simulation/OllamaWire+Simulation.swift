internal import Glibc
internal import System

/// What only a ``SimulatedOllama`` sends.
extension OllamaWire {
  /// The final line's counters.
  static func counters(_ figures: OllamaSimulation.Figures) -> String {
    #""total_duration":\#(figures.total.wholeNanoseconds),"load_duration":\#(figures.load.wholeNanoseconds),"#
      + #""prompt_eval_count":\#(figures.promptTokens),"#
      + #""prompt_eval_duration":\#(figures.promptEvaluation.wholeNanoseconds),"#
      + #""eval_count":\#(figures.tokens),"eval_duration":\#(figures.evaluation.wholeNanoseconds)"#
  }

  /// The response to a request without a prompt.
  static func loaded(model: String, message: Bool, reason: String) -> String {
    let content = message ? #""message":{"role":"assistant","content":""}"# : #""response":"""#
    return
      #"{"model":\#(quoted(model)),"created_at":"\#(time)",\#(content),"done":true,"done_reason":"\#(reason)"}"#
  }

  /// A time as Go writes it.
  static func timestamp(_ time: Timestamp, after duration: Duration) -> String {
    let milliseconds = time.millisecondsSince1970 + duration.wholeNanoseconds / 1_000_000
    var seconds = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: some BinaryInteger, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))T"
      + "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))."
      + "\(padded(milliseconds % 1000, 3))Z"
  }

  // MARK: Anthropic's API

  static func messagesStart(model: String) -> String {
    event(
      "message_start",
      #""message":{"id":"msg_591","type":"message","role":"assistant","model":\#(quoted(model)),"content":[],"#
        + #""stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}"#)
      + event("content_block_start", #""index":0,"content_block":{"type":"text","text":""}"#)
  }

  static func messagesDelta(_ text: String) -> String {
    event("content_block_delta", #""index":0,"delta":{"type":"text_delta","text":\#(quoted(text))}"#)
  }

  static func messagesEnd(_ figures: OllamaSimulation.Figures) -> String {
    event("content_block_stop", #""index":0"#)
      + event(
        "message_delta",
        #""delta":{"stop_reason":"\#(stopReason(figures))","stop_sequence":null},"usage":\#(messagesUsage(figures))"#
      )
      + event("message_stop", nil)
  }

  /// A whole message.
  static func message(model: String, _ text: String, _ figures: OllamaSimulation.Figures) -> String {
    #"{"id":"msg_591","type":"message","role":"assistant","model":\#(quoted(model)),"content":[{"type":"text","#
      + #""text":\#(quoted(text))}],"stop_reason":"\#(stopReason(figures))","usage":\#(messagesUsage(figures))}"#
  }

  static func messagesError(_ status: Int, _ message: String) -> String {
    let type =
      [400: "invalid_request_error", 404: "not_found_error", 503: "overloaded_error"][status] ?? "api_error"
    return #"{"type":"error","error":{"type":"\#(type)","message":\#(quoted(message))}}"#
  }

  private static func stopReason(_ figures: OllamaSimulation.Figures) -> String {
    figures.isCut ? "max_tokens" : "end_turn"
  }

  private static func messagesUsage(_ figures: OllamaSimulation.Figures) -> String {
    #"{"input_tokens":\#(figures.promptTokens),"output_tokens":\#(figures.tokens)}"#
  }

  private static func event(_ type: String, _ members: String?) -> String {
    "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.map { "," + $0 } ?? "")}\n\n"
  }
}
