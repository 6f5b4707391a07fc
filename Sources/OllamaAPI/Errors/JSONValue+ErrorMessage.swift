import JSON

extension JSONValue {
  /// The message of the value of an `error` member: Ollama's own are strings, those of the paths that follow OpenAI
  /// and Anthropic objects with a `message`. A longer one is cut after 2,000 bytes.
  var errorMessage: String {
    if let own = beginning { return own }
    return self["message"]?.beginning ?? "unknown error"
  }

  private var beginning: String? {
    withUTF8 { text in
      // Bytes 10xxxxxx go on with a character.
      var end = Swift.min(text.count, 2000)
      while end > 0, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
      return String(decoding: text[..<end], as: UTF8.self)
    }
  }
}
