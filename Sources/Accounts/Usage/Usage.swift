/// What one request has used, at its end or so far.
package struct Usage: Equatable, Sendable {
  /// Tokens of the whole prompt, as Ollama counts them.
  package var inputTokens: Int
  /// Those of them that were not evaluated anew, where that is known.
  package var cachedTokens: Int
  /// Tokens of the response.
  package var outputTokens: Int
  /// `prompt_eval_duration`.
  package var promptMicroseconds: Int
  /// `eval_duration`.
  package var evalMicroseconds: Int
  /// `load_duration`.
  package var loadMicroseconds: Int
  /// From the request's admission to its call.
  package var waitMicroseconds: Int
  /// Bytes that were sent to the client.
  package var sentBytes: Int

  /// Nothing, but what is told.
  package init(
    inputTokens: Int = 0, cachedTokens: Int = 0, outputTokens: Int = 0, promptMicroseconds: Int = 0,
    evalMicroseconds: Int = 0, loadMicroseconds: Int = 0, waitMicroseconds: Int = 0, sentBytes: Int = 0
  ) {
    self.inputTokens = inputTokens
    self.cachedTokens = cachedTokens
    self.outputTokens = outputTokens
    self.promptMicroseconds = promptMicroseconds
    self.evalMicroseconds = evalMicroseconds
    self.loadMicroseconds = loadMicroseconds
    self.waitMicroseconds = waitMicroseconds
    self.sentBytes = sentBytes
  }

  /// A prompt or a response of more tokens is one of these: no model has so many, and a server that says so shuts nobody out for years.
  package static let mostTokens = 100_000_000
  /// The same of a time: eleven days.
  package static let mostMicroseconds = 1_000_000_000_000
  /// The same of bytes.
  package static let mostBytes = 1 << 50

  /// What a server says within its bounds.
  var bounded: Usage {
    func tokens(_ count: Int) -> Int { min(max(count, 0), Usage.mostTokens) }
    func time(_ count: Int) -> Int { min(max(count, 0), Usage.mostMicroseconds) }
    return Usage(
      inputTokens: tokens(inputTokens), cachedTokens: tokens(cachedTokens),
      outputTokens: tokens(outputTokens),
      promptMicroseconds: time(promptMicroseconds), evalMicroseconds: time(evalMicroseconds),
      loadMicroseconds: time(loadMicroseconds), waitMicroseconds: time(waitMicroseconds),
      sentBytes: min(max(sentBytes, 0), Usage.mostBytes))
  }

  /// Tokens that limits count.
  package var tokens: Int { inputTokens + outputTokens }
  /// The time that budgets of GPU seconds count.
  package var gpuMicroseconds: Int { promptMicroseconds + evalMicroseconds }
}
