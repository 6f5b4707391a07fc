import Access
internal import System

// Values of the registry as stores take them.
extension Session {
  var stored: StoredSession {
    StoredSession(
      key: storeKey, owner: owner.storedName, title: StoredText.text(of: title.text),
      titleNumber: title.message,
      createdAt: createdAt, updatedAt: updatedAt, messageCount: messageCount, lastNumber: lastNumber,
      lastAuthor: lastAuthor?.storedName)
  }
}

extension Message {
  var stored: Message {
    let author: Author =
      switch author {
      case .user(let user): .user(StoredText.text(of: user))
      case .assistant(let model): .assistant(model: StoredText.text(of: model))
      }
    return Message(
      number: number, author: author, content: StoredText.text(of: content), timestamp: timestamp,
      state: state,
      thinking: thinking.map(StoredText.text), images: images, usage: usage)
  }
}

extension StoredImage {
  init(_ image: SessionImage) {
    self.init(digest: image.digest, mediaType: image.mediaType, bytes: image.bytes)
  }
}

extension StoredGenerationEnd {
  /// - Parameter lastNumber: of the texts.
  init(of outcome: GenerationOutcome, endedAt: Timestamp, lastNumber: Int, answerPlace: Int?) {
    switch outcome {
    case .completed(let reason, _):
      self.init(
        .completed, endedAt: endedAt, lastNumber: lastNumber, doneReason: StoredText.text(of: reason),
        answerPlace: answerPlace)
    case .cancelled: self.init(.cancelled, endedAt: endedAt, lastNumber: lastNumber, answerPlace: answerPlace)
    case .interrupted:
      self.init(.interrupted, endedAt: endedAt, lastNumber: lastNumber, answerPlace: answerPlace)
    case .failed(let code, let message, _):
      self.init(
        .failed, endedAt: endedAt, lastNumber: lastNumber, failureCode: StoredText.text(of: code),
        failureMessage: StoredText.text(of: message))
    }
  }
}

extension TurnUndo {
  /// What takes a turn's begin back out of the store.
  func changes(droppingFrom place: Int, _ dropped: [Message], in key: StoreKey) -> [StoreChange] {
    if isNew { return [.deleteSession(key)] }
    let restored = dropped.enumerated().map { offset, message in
      StoreChange.putMessage(StoredMessage(place: place + offset, message: message.stored), in: key)
    }
    return [.dropMessages(in: key, from: place)] + restored + [.updateSession(stored)]
  }
}
