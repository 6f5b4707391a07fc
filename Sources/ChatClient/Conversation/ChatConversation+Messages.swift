internal import HTTPFields

// What the gateway says.
extension ChatConversation {
  mutating func handle(_ message: ChatServerMessage) {
    switch message {
    case .messageReceived:
      // Of one that was sent again nothing has got better.
      if sent?.isReceived == false { noteProgress() }
      sent?.isReceived = true
    case .streamStart(let generation): begin(generation)
    case .queued(let position, let seconds, let isLoading): wait(position, seconds, isLoading)
    case .chunk(let text, let number): tell(text, number, isThinking: false)
    case .thinkingChunk(let text, let number): tell(text, number, isThinking: true)
    case .streamEnd(let text, let reason, let timestamp, let note): end(text, reason, timestamp, note)
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
    case .error(let code, let text, let generation, let kept, let seconds):
      let rest = code.hasSameBytes(as: Self.tooMany) ? seconds.map { "; try again in \($0) s" } : nil
      failed(code, text + (rest ?? ""), isOfGeneration: generation != nil, kept: kept)
    case .connection, .other: break
    }
  }

  // MARK: A stream

  private mutating func begin(_ generation: String) {
    guard recovery == .none else { return }
    if let begun = printed, begun.id == nil || begun.id == generation {
      printed?.id = generation
    } else {
      endLine()
      let question = takeQuestion()
      if question != nil { noteProgress() }
      printed = PrintedGeneration(question: question, id: generation)
    }
    if isStopWanted { send(.stop) }
  }

  /// Told as it changes, but for the seconds, which do all the time.
  private mutating func wait(_ position: Int, _ seconds: Int?, _ isLoading: Bool) {
    guard recovery == .none, let printed, printed.isUntouched else { return }
    let place = isLoading ? "Ollama loads the model" : "All servers are busy: place \(position) in the queue"
    guard printed.place != place else { return }
    self.printed?.place = place
    let rest = seconds.flatMap { $0 > 0 ? ", about \($0) s" : nil } ?? ""
    actions.append(.note("\(place)\(rest)."))
  }

  /// The message that waits for its generation to begin.
  private mutating func takeQuestion() -> String? {
    guard case .message(let text) = sent?.entry else { return nil }
    sent = nil
    return text
  }

  private mutating func tell(_ text: String, _ number: Int, isThinking: Bool) {
    guard recovery == .none else { return }
    guard let current = printed else {
      // The middle of somebody else's generation: it is told from its beginning.
      printed = PrintedGeneration(question: nil)
      return resume()
    }
    guard number > current.lastNumber else { return }
    if number > current.lastNumber + 1, lastGap != current.lastNumber {
      lastGap = current.lastNumber
      return resume()
    }
    noteProgress()
    if isThinking {
      printed?.think(text, number: number)
      if !text.isEmpty { actions.append(.think(Array(text.utf8))) }
    } else {
      if !text.isEmpty { endThinking() }
      printed?.append(text, number: number)
      if !text.isEmpty { actions.append(.print(Array(text.utf8))) }
    }
  }

  private mutating func end(_ text: String, _ reason: String, _ timestamp: String, _ note: String?) {
    guard recovery == .none else { return }
    gatewayTime = max(gatewayTime, timestamp)
    guard let current = printed else { return }
    if let rest = current.rest(of: text) { tellRest(rest) }
    finish(complaint: reason == "cancelled" ? "the answer was stopped" : note)
  }

  /// Prints what a chunk should have brought.
  mutating func tellRest(_ rest: [UInt8]) {
    guard !rest.isEmpty else { return }
    endThinking()
    printed?.append(rest)
    actions.append(.print(rest))
  }

  /// The generation is over.
  mutating func finish(complaint: String?, isWhole: Bool = true) {
    if printed?.question != nil { noteTurn(isWhole: isWhole) }
    // A generation of somebody else's of which nothing came is the same again after the next loss.
    if let printed, printed.question != nil || !printed.isUntouched { noteProgress() }
    endLine()
    printed = nil
    isStopWanted = false
    lastGap = nil
    recovery = .none
    if let complaint { actions.append(.complain(complaint)) }
    prompt()
  }

  // MARK: What was asked for

  private mutating func failed(_ code: String, _ text: String, isOfGeneration: Bool, kept: String?) {
    switch recovery {
    case .resuming:
      // Other errors are of a generation that has just failed, and are told again when it is resumed.
      if code == Self.notFound { search(next: nil) }
    case .searching: break
    case .none:
      if let printed {
        if isStopWanted, !isOfGeneration, printed.question == nil,
          code.utf8.elementsEqual(Self.forbidden.utf8)
        {
          return stopRefused(text)
        }
        if let rest = kept.flatMap(printed.rest) { tellRest(rest) }
        return finish(complaint: text, isWhole: false)
      }
      if case .message = sent?.entry {
        isStopWanted = false
        noteTurn(isWhole: false)
      }
      sent = nil
      actions.append(.complain(text))
      prompt()
    }
  }

  /// Somebody else's generation is not ours to stop: it goes on. Should it have failed with the same word at this very moment,
  /// that is told again.
  private mutating func stopRefused(_ complaint: String) {
    isStopWanted = false
    actions.append(.complain(complaint))
    resume()
  }

  private mutating func told(_ entries: [ChatServerMessage.HistoryEntry]) {
    if case .searching(let next) = recovery { return found(entries, next: next) }
    guard sent?.entry == .history else { return }
    noteProgress()
    sent = nil
    for entry in entries {
      let end = entry.content.hasSuffix("\n") ? "" : "\n"
      actions.append(.print(Array("\(entry.role)\(entry.mark): \(entry.content)\(end)".utf8)))
    }
    if entries.isEmpty { actions.append(.note("The history is empty.")) }
    prompt()
  }
}

extension ChatServerMessage.HistoryEntry {
  /// What is to be known of it, in brackets.
  fileprivate var mark: String {
    if isInterrupted { return " (interrupted: the gateway ended before it did)" }
    return isPending ? " (not stored yet)" : ""
  }
}
