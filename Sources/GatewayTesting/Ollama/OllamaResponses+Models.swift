/// The models, as each path tells of them.
extension OllamaResponses {
  private static let digest = String(repeating: "0123456789abcdef", count: 4)
  private static let details =
    #"{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"#
    + #""parameter_size":"134.52M","quantization_level":"F16"}"#

  var tags: String {
    let list = models.map {
      #"{"name":\#(OllamaWire.quoted($0)),"model":\#(OllamaWire.quoted($0)),"modified_at":"\#(OllamaWire.time)","#
        + #""size":270898672,"digest":"\#(Self.digest)","details":\#(Self.details),"#
        + #""capabilities":["completion"]}"#
    }
    return #"{"models":[\#(list.joined(separator: ","))]}"#
  }

  var loadedModels: String {
    let list = models.prefix(1).map {
      #"{"name":\#(OllamaWire.quoted($0)),"model":\#(OllamaWire.quoted($0)),"size":500000000,"#
        + #""digest":"\#(Self.digest)","details":\#(Self.details),"expires_at":"2026-01-01T12:05:00Z","#
        + #""size_vram":0}"#
    }
    return #"{"models":[\#(list.joined(separator: ","))]}"#
  }

  func show(_ model: String) -> String {
    #"{"modelfile":"FROM \#(model)\n","parameters":"stop \"<|im_end|>\"","template":"{{ .Prompt }}","#
      + #""details":\#(Self.details),"model_info":{"general.architecture":"llama","#
      + #""general.parameter_count":134515008},"capabilities":["completion"],"modified_at":"\#(OllamaWire.time)"}"#
  }
}
