/// `/v1/*`.
extension OllamaResponses {
  func completions(_ request: ScriptedOllama.Request) -> Script {
    guard let json = try? TestJSON(request.body.bytes) else {
      return openAIError(400, "unexpected EOF", "invalid_request_error")
    }
    guard json["messages"].count > 0 else {
      return openAIError(400, "[] is too short - 'messages'", "invalid_request_error")
    }
    let model = json["model"].string ?? ""
    guard has(model) else {
      return openAIError(404, "model \"\(model)\" not found, try pulling it first", "api_error")
    }
    let (tokens, reason) = limited(json["max_tokens"])
    if json["stream"] == true {
      return .completions(
        tokens, model: model, every: interval, reason: reason,
        includesUsage: json["stream_options"]["include_usage"] == true)
    }
    let body = OllamaWire.completion(
      model: model, tokens.joined(), finish: reason, completionTokens: tokens.count)
    return .ollamaJSON(body, type: "application/json")
  }

  private func openAIError(_ status: Int, _ message: String, _ kind: String) -> Script {
    let type = status == 400 ? "application/json; charset=utf-8" : "application/json"
    // What gin writes has no line feed; what the OpenAI layer writes has one.
    let body = OllamaWire.openAIError(message, type: kind) + (status == 400 ? "" : "\n")
    return .response(status, type: type, Array(body.utf8))
  }

  func openAIModel(_ model: String) -> Script {
    guard has(model) else { return openAIError(404, "model '\(model)' not found", "api_error") }
    return .ollamaJSON(
      #"{"id":\#(OllamaWire.quoted(model)),"object":"model","created":1767268800,"owned_by":"library"}"#
        + "\n",
      type: "application/json")
  }

  var openAIModels: String {
    let list = models.map {
      #"{"id":\#(OllamaWire.quoted($0)),"object":"model","created":1767268800,"owned_by":"library"}"#
    }
    return #"{"object":"list","data":[\#(list.joined(separator: ","))]}"# + "\n"
  }
}
