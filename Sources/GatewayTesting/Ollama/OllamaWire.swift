/// Pieces of what Ollama sends, byte for byte as Ollama writes them: compact JSON, keys in Go's order.
public enum OllamaWire {
  /// The time that all responses of the fake carry, as Go writes it.
  public static let time = "2026-01-01T12:00:00.123456789Z"
  /// The final line's counters, equal in all responses but for `eval_count`.
  static func counters(evalCount: Int) -> String {
    #""total_duration":123456789,"load_duration":2345678,"prompt_eval_count":26,"#
      + #""prompt_eval_duration":3456789,"eval_count":\#(evalCount),"eval_duration":117654322"#
  }

  /// A text as a JSON string with its quotes, escaped as Go does: `<`, `>` and `&` too.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A line of an `/api/chat` stream.
  public static func chatLine(model: String, _ content: String) -> String {
    #"{"model":\#(quoted(model)),"created_at":"\#(time)","message":{"role":"assistant","content":"#
      + #"\#(quoted(content))},"done":false}"# + "\n"
  }

  /// A line of an `/api/chat` stream of a model that thinks.
  public static func thinkingLine(model: String, _ thinking: String, _ content: String = "") -> String {
    #"{"model":\#(quoted(model)),"created_at":"\#(time)","message":{"role":"assistant","content":"#
      + #"\#(quoted(content)),"thinking":\#(quoted(thinking))},"done":false}"# + "\n"
  }

  /// The last line of an `/api/chat` stream, or with content the whole unary response (which has no line feed).
  public static func chatEnd(
    model: String, _ content: String = "", reason: String = "stop", evalCount: Int
  ) -> String {
    chatEnd(model: model, content, reason: reason, counters: counters(evalCount: evalCount))
  }

  /// The same with other counters: members of JSON without braces.
  static func chatEnd(model: String, _ content: String, reason: String, counters: String) -> String {
    #"{"model":\#(quoted(model)),"created_at":"\#(time)","message":{"role":"assistant","content":"#
      + #"\#(quoted(content))},"done_reason":\#(quoted(reason)),"done":true,"#
      + counters + "}"
  }

  /// A line of an `/api/generate` stream.
  public static func generateLine(model: String, _ response: String) -> String {
    #"{"model":\#(quoted(model)),"created_at":"\#(time)","response":\#(quoted(response)),"done":false}"#
      + "\n"
  }

  /// The last line of an `/api/generate` stream, or with a response the whole unary response.
  public static func generateEnd(
    model: String, _ response: String = "", reason: String = "stop", evalCount: Int
  ) -> String {
    generateEnd(model: model, response, reason: reason, counters: counters(evalCount: evalCount))
  }

  /// The same with other counters: members of JSON without braces.
  static func generateEnd(model: String, _ response: String, reason: String, counters: String) -> String {
    #"{"model":\#(quoted(model)),"created_at":"\#(time)","response":\#(quoted(response)),"done":true,"#
      + #""done_reason":\#(quoted(reason)),"context":[1,2,3],"# + counters + "}"
  }

  /// An event of a `/v1/chat/completions` stream. `finish` is the finish reason of the last one.
  public static func completionEvent(model: String, _ content: String, finish: String? = nil) -> String {
    #"data: {"id":"chatcmpl-591","object":"chat.completion.chunk","created":1767268800,"model":\#(quoted(model)),"#
      + #""system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"#
      + #"\#(quoted(content))},"finish_reason":\#(finish.map(quoted) ?? "null")}]}"# + "\n\n"
  }

  /// The event with the usage, which comes last where `stream_options.include_usage` asks for it.
  public static func completionUsageEvent(
    model: String, promptTokens: Int = 26, completionTokens: Int
  ) -> String {
    #"data: {"id":"chatcmpl-591","object":"chat.completion.chunk","created":1767268800,"model":\#(quoted(model)),"#
      + #""system_fingerprint":"fp_ollama","choices":[],"usage":\#(usage(promptTokens, completionTokens))}"#
      + "\n\n"
  }

  /// The end of every `/v1/chat/completions` stream that is complete.
  public static let completionDone = "data: [DONE]\n\n"

  /// A whole `/v1/chat/completions` response.
  public static func completion(
    model: String, _ content: String, finish: String = "stop", promptTokens: Int = 26, completionTokens: Int
  ) -> String {
    #"{"id":"chatcmpl-591","object":"chat.completion","created":1767268800,"model":\#(quoted(model)),"#
      + #""system_fingerprint":"fp_ollama","choices":[{"index":0,"message":{"role":"assistant","content":"#
      + #"\#(quoted(content))},"finish_reason":\#(quoted(finish))}],"usage":\#(usage(promptTokens, completionTokens))}"#
      + "\n"
  }

  static func usage(_ promptTokens: Int, _ completionTokens: Int) -> String {
    #"{"prompt_tokens":\#(promptTokens),"completion_tokens":\#(completionTokens),"#
      + #""total_tokens":\#(promptTokens + completionTokens)}"#
  }

  /// An error of `/api/*`.
  public static func error(_ message: String) -> String { #"{"error":\#(quoted(message))}"# }

  /// An error of `/v1/*`.
  public static func openAIError(_ message: String, type: String) -> String {
    #"{"error":{"message":\#(quoted(message)),"type":\#(quoted(type)),"param":null,"code":null}}"#
  }
}
