// After a lost connection.
extension ChatConversation {
  /// The code of the gateway's error for a generation that is not there.
  static let notFound = "not_found"
  /// The one for what is the owner's to do.
  static let forbidden = "forbidden"

  /// Takes up what was under way when the session was joined.
  mutating func recover() {
    if answer != nil {
      resume()
      if let sent { give(sent.entry) }
    } else if let sent {
      // Whether the gateway has got a message, its history tells. A command can be given twice.
      if case .message = sent.entry { search(next: nil) } else { give(sent.entry) }
    } else if let joinedGeneration {
      answer = ChatAnswer(question: nil, generation: joinedGeneration)
      resume()
    }
  }

  mutating func resume() {
    recovery = .resuming
    send(.resume(after: answer?.lastNumber ?? 0))
  }

  mutating func search(next generation: String?) {
    recovery = .searching(next: generation)
    send(.history)
  }

  mutating func resumed(_ generation: String) {
    guard recovery == .resuming, let current = answer else { return }
    if let known = current.generation, known != generation {
      // Ours is over, and the session is at another one.
      if current.question != nil || !current.isUntouched { return search(next: generation) }
    }
    answer?.generation = generation
    recovery = .none
    if isStopWanted { send(.stop) }
  }

  /// What the history tells of what cannot be resumed.
  mutating func found(_ entries: [ChatServerMessage.HistoryEntry], next generation: String?) {
    if let current = answer {
      let rest = entries.rest(of: current)
      if let rest { tellRest(rest) }
      let isOurs = current.question != nil || !current.isUntouched
      let isLost = rest == nil && isOurs
      finish(complaint: isLost ? "the rest of the answer was lost" : nil, isWhole: !isLost)
    } else if case .message(let text) = sent?.entry {
      foundMessage(text, in: entries)
    }
    guard answer == nil, let generation else { return }
    answer = ChatAnswer(question: nil, generation: generation)
    resume()
  }

  /// The message was sent, and its answer had not begun.
  private mutating func foundMessage(_ text: String, in entries: [ChatServerMessage.HistoryEntry]) {
    recovery = .none
    let place = entries.lastIndex {
      $0.role == "user" && $0.content == text && $0.timestamp >= gatewayTime
    }
    guard let place else {
      // Behind another's turn it is not in the history yet; without one it has not arrived, or is lost.
      let isWaiting = sent?.isReceived == true && joinedGeneration != nil
      if !isWaiting { send(.chat(text, model: model)) }
      return
    }
    sent = nil
    answer = ChatAnswer(question: text)
    if let reply = entries.reply(toMessageAt: place) {
      tellRest(Array(reply.content.utf8))
      finish(complaint: nil)
    } else {
      resume()
    }
  }
}

extension [ChatServerMessage.HistoryEntry] {
  /// The answer to the user's message at this place.
  fileprivate func reply(toMessageAt index: Int) -> Element? {
    let next = self[(index + 1)...].first
    return next?.role == "assistant" ? next : nil
  }

  /// What is missing of an answer.
  fileprivate func rest(of answer: ChatAnswer) -> [UInt8]? {
    guard let question = answer.question else {
      // Somebody else's: known by what was printed of it.
      guard answer.byteCount > 0 else { return nil }
      return reversed().lazy.filter { $0.role == "assistant" }.compactMap { answer.rest(of: $0.content) }
        .first
    }
    guard let place = lastIndex(where: { $0.role == "user" && $0.content == question }) else { return nil }
    return reply(toMessageAt: place).flatMap { answer.rest(of: $0.content) }
  }
}
