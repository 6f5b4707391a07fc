// After a lost connection.
extension ChatConversation {
  /// The code of the gateway's error for a generation that is not there.
  static let notFound = "not_found"
  /// The one for what is the owner's to do.
  static let forbidden = "forbidden"
  /// The one for what a limit refuses.
  static let tooMany = "too_many_requests"

  /// Takes up what was under way when the session was joined.
  mutating func recover() {
    if printed != nil {
      resume()
      if let sent { give(sent.entry) }
    } else if let sent {
      // Whether the gateway has got a message, its history tells. A command can be given twice.
      if case .message = sent.entry { search(next: nil) } else { give(sent.entry) }
    } else if let joinedGeneration {
      printed = PrintedGeneration(question: nil, id: joinedGeneration)
      resume()
    }
  }

  mutating func resume() {
    recovery = .resuming
    send(.resume(after: printed?.lastNumber ?? 0))
  }

  mutating func search(next generation: String?) {
    recovery = .searching(next: generation)
    send(.history)
  }

  mutating func resumed(_ generation: String) {
    guard recovery == .resuming, let current = printed else { return }
    if let known = current.id, known != generation {
      // Ours is over, and the session is at another one.
      if current.question != nil || !current.isUntouched { return search(next: generation) }
    }
    printed?.id = generation
    recovery = .none
    if isStopWanted { send(.stop) }
  }

  /// What the history tells of what cannot be resumed.
  mutating func found(_ entries: [ChatServerMessage.HistoryEntry], next generation: String?) {
    if let current = printed {
      let rest = entries.rest(of: current)
      if let rest { tellRest(rest) }
      let isOurs = current.question != nil || !current.isUntouched
      let isLost = rest == nil && isOurs
      finish(complaint: isLost ? "the rest of the answer was lost" : nil, isWhole: !isLost)
    } else if case .message(let text) = sent?.entry {
      foundMessage(text, in: entries)
    }
    guard printed == nil, let generation else { return }
    printed = PrintedGeneration(question: nil, id: generation)
    resume()
  }

  /// The message was sent, and its generation had not begun.
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
    printed = PrintedGeneration(question: text)
    if let found = entries.message(after: place) {
      tellRest(Array(found.content.utf8))
      finish(
        complaint: found.isInterrupted ? "the gateway ended before the answer did" : nil,
        isWhole: !found.isInterrupted)
    } else {
      resume()
    }
  }
}

extension [ChatServerMessage.HistoryEntry] {
  /// The model's message to the user's at this place.
  fileprivate func message(after index: Int) -> Element? {
    let next = self[(index + 1)...].first
    return next?.role == "assistant" ? next : nil
  }

  /// The part of a generation's text that was not printed.
  fileprivate func rest(of printed: PrintedGeneration) -> [UInt8]? {
    guard let question = printed.question else {
      // Somebody else's: known by what was printed of it.
      guard printed.byteCount > 0 else { return nil }
      return reversed().lazy.filter { $0.role == "assistant" }.compactMap { printed.rest(of: $0.content) }
        .first
    }
    guard let place = lastIndex(where: { $0.role == "user" && $0.content == question }) else { return nil }
    return message(after: place).flatMap { printed.rest(of: $0.content) }
  }
}
