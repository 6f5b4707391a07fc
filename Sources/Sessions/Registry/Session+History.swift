extension Session {
  /// Drops the oldest messages until the history is within its bounds. The newest always stays, and so does the
  /// message whose turn runs, so that no message of a model stands alone.
  ///
  /// - Parameter isStored: whether the store has them, so that they count as part of the history.
  func trim(to limits: SessionLimits, isStored: Bool) {
    var drop = 0
    var left = bytes
    let running = activity.flatMap { $0.isRunning ? $0.messageNumber : nil } ?? .max
    while messages.count - drop > limits.sessionMessages || left > limits.sessionBytes {
      guard drop < messages.count - 1, messages[drop].number < running else { break }
      left -= messages[drop].size
      drop += 1
    }
    messages.removeFirst(drop)
    if isStored { olderMessages += drop }
    bytes = left
  }

  /// The earlier messages that go along with a new one: the newest that fit, oldest first. Failed messages
  /// do not, and neither does a model's message whose question no longer fits: models take a conversation to begin with the
  /// user.
  func context(limits: SessionLimits) -> [Message] {
    var context: [Message] = []
    var bytes = 0
    for message in messages.reversed() where !message.isFailed {
      bytes += message.content.utf8.count
      guard context.count < limits.contextMessages, bytes <= limits.contextBytes else { break }
      context.append(message)
    }
    while let first = context.last, !first.isFromUser { context.removeLast() }
    return context.reversed()
  }

  /// Drops the last message of a user and the model's to it.
  ///
  /// - Returns: what was dropped.
  @discardableResult
  func dropLastTurn() -> [Message] {
    guard let start = messages.lastIndex(where: \.isFromUser) else { return [] }
    let dropped = Array(messages[start...])
    bytes -= dropped.reduce(0) { $0 + $1.size }
    title.forget(from: messages[start].number)
    messages.removeSubrange(start...)
    return dropped
  }

  /// Takes a message back that was not stored, and puts those back that it had replaced.
  func takeBack(_ number: Int, for dropped: [Message]) {
    guard let place = messages.lastIndex(where: { $0.number == number }) else { return }
    bytes -= messages.remove(at: place).size
    bytes += dropped.reduce(0) { $0 + $1.size }
    messages.insert(contentsOf: dropped, at: place)
  }

  /// The message with this number is stored.
  func markStored(_ number: Int) {
    guard let index = messages.lastIndex(where: { $0.number == number }) else { return }
    messages[index].isPending = false
  }

  /// Marks the user's message with this number, if it is still there.
  func markFailed(_ number: Int) {
    guard let index = messages.lastIndex(where: { $0.number == number }) else { return }
    messages[index].state = .failed
  }

  /// Drops all messages but the one whose turn runs, and says how many.
  func clear() -> Int {
    let count = messageCount
    messages.removeAll { !isGenerating || $0.number != activity?.messageNumber }
    olderMessages = 0
    bytes = messages.reduce(0) { $0 + $1.size }
    title = SessionTitle()
    images.removeAll(except: messages.flatMap(\.images))
    if let running = messages.first { title.make(of: running) }
    return count - messages.count
  }
}
