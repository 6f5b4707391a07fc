import Access
internal import System

// Generations of earlier processes, as far as a store has kept them.
extension Generation {
  /// The session's last one, where its process ended before it did.
  static func interrupted(
    in key: StoreKey, _ reader: any SessionStoreReader
  ) throws(StoreError) -> Generation? {
    guard let stored = try reader.lastGeneration(of: key), let end = stored.end, end.state == .interrupted,
      let id = key.sessionID
    else { return nil }
    let texts = StoredPart.texts(of: try reader.parts(of: stored.id))
    let log = EventLog(
      restored: texts, .interrupted, end: GenerationEnd(outcome: .interrupted, timestamp: end.endedAt))
    return Generation(
      restored: stored.id, in: id, model: stored.model,
      by: Principal.ID(storedName: stored.author) ?? .address(nil), startedAt: stored.startedAt, log: log)
  }

  /// One that has ended with an answer, as it was asked for; nil where that is not there any more. Numbers tell it from another
  /// turn's, which stands at its place where it was taken back or cleared.
  static func ended(
    _ stored: StoredGeneration, by author: Principal.ID, _ reader: any SessionStoreReader
  ) throws(StoreError) -> Generation? {
    guard let end = stored.end, let place = end.answerPlace, let id = stored.session.sessionID else {
      return nil
    }
    let turn = try reader.messages(of: stored.session, from: stored.messagePlace, limit: 2, bytes: .max)
    guard turn.count == 2, turn[0].message.number == stored.messageNumber, turn[1].place == place,
      !turn[1].message.isFromUser
    else { return nil }
    return Generation(
      ended: stored.id, in: id, with: turn[1].message, doneReason: end.doneReason, lastNumber: end.lastNumber,
      by: author, startedAt: stored.startedAt)
  }

  /// One that has ended with this message.
  convenience init(
    ended id: String, in session: SessionID, with answer: Message, doneReason: String?, lastNumber: Int,
    by author: Principal.ID, startedAt: Timestamp
  ) {
    var model = ""
    if case .assistant(let name) = answer.author { model = name }
    let outcome: GenerationOutcome =
      if answer.state == .cancelled || doneReason == nil {
        .cancelled
      } else {
        .completed(doneReason: doneReason ?? "stop", usage: answer.usage ?? GenerationUsage())
      }
    let texts: [(bytes: ArraySlice<UInt8>, kind: TextKind)] = [
      (Array((answer.thinking ?? "").utf8)[...], .thinking), (Array(answer.content.utf8)[...], .content),
    ]
    let log = EventLog(
      restored: texts, .ended(lastNumber: max(0, lastNumber)),
      end: GenerationEnd(outcome: outcome, timestamp: answer.timestamp))
    self.init(restored: id, in: session, model: model, by: author, startedAt: startedAt, log: log)
  }
}

extension StoredPart {
  /// The texts of parts, in order. What is damaged ends them.
  static func texts(of parts: [StoredPart]) -> [(bytes: ArraySlice<UInt8>, kind: TextKind)] {
    var texts: [(bytes: ArraySlice<UInt8>, kind: TextKind)] = []
    for part in parts {
      guard let lengths = TextLengths.read(part.lengths, total: part.text.count) else { break }
      var start = 0
      for (count, kind) in lengths {
        texts.append((part.text[start..<(start + count)], kind))
        start += count
      }
    }
    return texts
  }
}
