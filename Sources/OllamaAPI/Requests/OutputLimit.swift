/// How many tokens a request asks for at most, read where its API has that and nowhere else: what Ollama passes over limits nothing, and
/// who could limit what is reserved for a request by it would get the rest for nothing.
struct OutputLimit: Equatable, Sendable {
  /// The API; nil of one that is not known, where nothing is a limit.
  let kind: StreamKind?
  /// Of `num_predict`, `max_tokens` or `max_output_tokens`.
  private var asked: Int?
  /// Of `max_completion_tokens`, where that stands beside `max_tokens`.
  private var other: Other = .absent

  private enum Other: Equatable, Sendable {
    case absent
    case tokens(Int?)
  }

  init(_ kind: StreamKind?) { self.kind = kind }

  /// Nil where there is no end. Ollama's OpenAI API knows `max_tokens`; one that knows `max_completion_tokens` as well may take either, so
  /// that the greater counts, and alone it is no limit.
  var tokens: Int? {
    guard let asked else { return nil }
    switch other {
    case .absent: return asked
    case .tokens(let tokens): return tokens.map { max($0, asked) }
    }
  }

  /// Takes a member of the body into account. Of several of one name the last counts, as Go has it.
  mutating func note(member key: UnsafeRawBufferPointer, tokens: @autoclosure () -> Int?) {
    switch kind {
    case .openAICompletion:
      if FoldedKey.matches(key, "max_tokens") { asked = tokens() }
      if FoldedKey.matches(key, "max_completion_tokens") { other = .tokens(tokens()) }
    case .anthropicMessage: if FoldedKey.matches(key, "max_tokens") { asked = tokens() }
    case .openAIResponse: if FoldedKey.matches(key, "max_output_tokens") { asked = tokens() }
    case .generation, .progress, nil: break
    }
  }

  /// Takes `num_predict` of the options into account.
  mutating func note(option tokens: Int?) {
    if kind == .generation { asked = tokens }
  }

  /// Other options follow. Ollama adds them to those before, which makes no difference to who takes what limits nothing.
  mutating func forgetOptions() {
    if kind == .generation { asked = nil }
  }
}
