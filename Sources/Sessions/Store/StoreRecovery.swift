internal import System

/// Ends what an earlier process has left running: the texts that were kept become the model's message.
package enum StoreRecovery {
  private static let groupMembers = 256

  /// At a start, before anything else is written.
  ///
  /// - Returns: how many generations were interrupted.
  package static func endInterrupted(in storage: SessionStorage) async throws(StoreError) -> Int {
    var count = 0
    while true {
      let writes = try await storage.readers.read { reader throws(StoreError) in
        try StoreRecovery.writes(of: try reader.runningGenerations(limit: groupMembers), reader)
      }
      guard !writes.isEmpty else { break }
      try await commit(writes, in: storage)
      count += writes.count
    }
    // All that they have is kept as parts now.
    try await commit([StoreWrite([.dropEarlierCheckpoints])], in: storage)
    storage.writer.note(interrupted: count)
    return count
  }

  private static func commit(_ writes: [StoreWrite], in storage: SessionStorage) async throws(StoreError) {
    let errors = try await storage.writer.ask { writer throws(StoreError) in try writer.commit(writes) }
    // What cannot be ended would be found again and again.
    if let error = errors.lazy.compactMap({ $0 }).first {
      throw StoreError(.corrupt, "what was interrupted cannot be ended: \(error)")
    }
  }

  /// One for each session: a second one needs to know what the first has become.
  static func writes(
    of generations: [StoredGeneration], _ reader: any SessionStoreReader
  ) throws(StoreError) -> [StoreWrite] {
    var sessions: Set<StoreKey> = []
    let first = generations.filter { sessions.insert($0.session).inserted }
    var writes: [StoreWrite] = []
    for (generation, parts) in zip(first, try reader.parts(of: first.map(\.id))) {
      let loaded = try reader.session([generation.session], recent: RecentMessages(messages: 2, bytes: 0))
      writes.append(StoreWrite(changes(ending: generation, in: loaded, parts)))
    }
    return writes
  }

  static func changes(
    ending generation: StoredGeneration, in loaded: LoadedSession?, _ parts: [StoredPart]
  ) -> [StoreChange] {
    let texts = StoredPart.texts(of: parts)
    func text(_ kind: TextKind) -> String {
      String(decoding: texts.filter { $0.kind == kind }.flatMap(\.bytes), as: UTF8.self)
    }
    // The clock may have been set back since.
    let now = max(.now, generation.startedAt)
    var end = StoredGenerationEnd(.interrupted, endedAt: now, lastNumber: texts.count)
    let asked = loaded?.messages.last { $0.place == generation.messagePlace }
    guard var session = loaded?.session, generation.messagePlace < session.messageCount,
      asked.map({ $0.message.number == generation.messageNumber }) ?? true
    else {
      // Its message is not there any more: nothing is to be added to what is.
      return [
        .endGeneration(id: generation.id, end), .dropIdempotentRequest(generation: generation.id),
      ]
    }
    // Some of them are in checkpoints, which go.
    var changes: [StoreChange] = parts.map { .appendPart($0) }
    let content = text(.content)
    if content.isEmpty {
      if var asked {
        asked.message.state = .failed
        changes.append(.putMessage(asked, in: generation.session))
      }
    } else {
      let thinking = text(.thinking)
      let answer = Message(
        number: session.lastNumber + 1, author: .assistant(model: generation.model), content: content,
        timestamp: end.endedAt, state: .interrupted, thinking: thinking.isEmpty ? nil : thinking)
      end.answerPlace = session.messageCount
      changes.append(
        .putMessage(StoredMessage(place: session.messageCount, message: answer), in: generation.session))
      session.messageCount += 1
      session.lastNumber += 1
      changes.append(.updateSession(session))
    }
    changes += [
      .endGeneration(id: generation.id, end), .dropIdempotentRequest(generation: generation.id),
    ]
    return changes
  }
}
