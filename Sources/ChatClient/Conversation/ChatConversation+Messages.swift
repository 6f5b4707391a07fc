// What the gateway says.
extension ChatConversation {
  mutating func handle(_ message: ChatServerMessage) {
    switch message {
    case .messageReceived:
      sent?.isReceived = true
      noteProgress()
    case .streamStart(let generation): begin(generation)
    case .chunk(let text, let number): tell(text, number)
    case .streamEnd(let text, let reason, let timestamp): end(text, reason, timestamp)
    case .resumed(let generation): resumed(generation)
    case .history(let entries): told(entries)
    case .historyCleared:
      guard sent?.entry == .clear else { return }
      sent = nil
      noteProgress()
      actions.append(.note("The history is cleared."))
      prompt()
    case .pong(let timestamp): gatewayTime = max(gatewayTime, timestamp)
    case .broadcast(let text): actions.append(.complain("broadcast: \(text)"))
    case .error(let code, let text): failed(code, text)
    case .connection, .other: break
    }
  }

  // MARK: A stream

  private mutating func begin(_ generation: String) {
    guard recovery == .none else { return }
    noteProgress()
    if let begun = answer, begun.generation == nil || begun.generation == generation {
      answer?.generation = generation
    } else {
      endLine()
      answer = ChatAnswer(question: takeQuestion(), generation: generation)
    }
    if isStopWanted { send(.stop) }
  }

  /// The message that waits for its answer to begin.
  private mutating func takeQuestion() -> String? {
    guard case .message(let text) = sent?.entry else { return nil }
    sent = nil
    return text
  }

  private mutating func tell(_ text: String, _ number: Int) {
    guard recovery == .none else { return }
    guard let current = answer else {
      // The middle of somebody else's answer: it is told from its beginning.
      answer = ChatAnswer(question: nil)
      return resume()
    }
    guard number > current.lastNumber else { return }
    if number > current.lastNumber + 1, lastGap != current.lastNumber {
      lastGap = current.lastNumber
      return resume()
    }
    noteProgress()
    answer?.append(text, number: number)
    if !text.isEmpty { actions.append(.print(Array(text.utf8))) }
  }

  private mutating func end(_ text: String, _ reason: String, _ timestamp: String) {
    guard recovery == .none else { return }
    gatewayTime = max(gatewayTime, timestamp)
    guard let current = answer else { return }
    if let rest = current.rest(of: text) { tellRest(rest) }
    finish(complaint: reason == "cancelled" ? "the answer was stopped" : nil)
  }

  /// Prints what a chunk should have brought.
  mutating func tellRest(_ rest: [UInt8]) {
    guard !rest.isEmpty else { return }
    answer?.append(rest)
    actions.append(.print(rest))
  }

  /// The answer is over.
  mutating func finish(complaint: String?) {
    noteProgress()
    endLine()
    answer = nil
    isStopWanted = false
    lastGap = nil
    recovery = .none
    if let complaint { actions.append(.complain(complaint)) }
    prompt()
  }

  // MARK: Answers to questions

  private mutating func failed(_ code: String, _ text: String) {
    switch recovery {
    case .resuming:
      // Other errors are of a generation that has just failed, and are told again when it is resumed.
      if code == Self.notFound { search(next: nil) }
    case .searching: break
    case .none:
      if answer != nil { return finish(complaint: text) }
      if case .message = sent?.entry { isStopWanted = false }
      sent = nil
      actions.append(.complain(text))
      prompt()
    }
  }

  private mutating func told(_ entries: [ChatServerMessage.HistoryEntry]) {
    noteProgress()
    if case .searching(let next) = recovery { return found(entries, next: next) }
    guard sent?.entry == .history else { return }
    sent = nil
    for entry in entries {
      let end = entry.content.hasSuffix("\n") ? "" : "\n"
      actions.append(.print(Array("\(entry.role): \(entry.content)\(end)".utf8)))
    }
    if entries.isEmpty { actions.append(.note("The history is empty.")) }
    prompt()
  }
}
