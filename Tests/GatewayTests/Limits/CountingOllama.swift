import GatewayTesting

extension ScriptedOllama {
  /// One that says two words to everything, and that they took `prompt` and `output` tokens, in 3 ms.
  static func counting(
    prompt: Int = 5, output: Int = 7, behind gate: String? = nil
  ) throws -> ScriptedOllama {
    try ScriptedOllama { request in
      let native =
        #""done":true,"total_duration":4000000,"load_duration":1000000,"prompt_eval_count":\#(prompt),"#
        + #""prompt_eval_duration":1000000,"eval_count":\#(output),"eval_duration":2000000"#
      let start: [Script.Step] = gate.map { [.gate($0)] } ?? []
      func behind(_ body: String) -> Script { Script(start + Script.ollamaJSON(body).steps) }
      switch request.path {
      case "/api/chat" where request.json["stream"] != false:
        let end = #"{"model":"m","message":{"role":"assistant","content":""},\#(native)}"# + "\n"
        return Script(
          [.streamHead()] + ["One ", "two"].map { .chunk(OllamaWire.chatLine(model: "m", $0)) } + start
            + [.chunk(end), .endChunks])
      case "/api/chat", "/api/generate", "/api/embeddings":
        return behind(#"{"model":"m","message":{"role":"assistant","content":"One two"},\#(native)}"#)
      case "/api/embed":
        return behind(
          #"{"model":"m","embeddings":[[1]],"total_duration":4000000,"load_duration":1000000,"prompt_eval_count":\#(prompt)}"#
        )
      case "/v1/messages", "/v1/responses":
        return behind(#"{"usage":{"input_tokens":\#(prompt),"output_tokens":\#(output)}}"#)
      default:
        return behind(#"{"usage":{"prompt_tokens":\#(prompt),"completion_tokens":\#(output)}}"#)
      }
    }
  }
}
