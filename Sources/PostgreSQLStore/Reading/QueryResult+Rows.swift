internal import Sessions
internal import System

/// A row that is not as the store writes it.
struct DamagedRow: Error {
  let what: String
}

extension QueryResult {
  func session(_ row: Int, _ column: Int = 0) throws(DamagedRow) -> StoredSession {
    guard let key = text(row, column), let owner = text(row, column + 1), let title = text(row, column + 2),
      let created = time(row, column + 4), let updated = time(row, column + 5),
      let count = integer(row, column + 6), let last = integer(row, column + 7)
    else { throw DamagedRow(what: "session") }
    return StoredSession(
      key: StoreKey(stored: key), owner: owner, title: title, titleNumber: integer(row, column + 3),
      createdAt: created,
      updatedAt: updated, messageCount: count, lastNumber: last, lastAuthor: text(row, column + 8))
  }

  func message(_ row: Int, _ column: Int = 0) throws(DamagedRow) -> StoredMessage {
    guard let place = integer(row, column), let number = integer(row, column + 1),
      let name = text(row, column + 3), let content = text(row, column + 4),
      let timestamp = time(row, column + 6),
      let state = integer(row, column + 7).flatMap({ Message.State(rawValue: $0) }),
      let images = bytes(row, column + 8).flatMap({ QueryResult.digests($0) })
    else { throw DamagedRow(what: "message") }
    var usage: GenerationUsage?
    if let prompt = integer(row, column + 9), let completion = integer(row, column + 10) {
      usage = GenerationUsage(
        promptTokens: prompt, completionTokens: completion, timeToFirstToken: duration(row, column + 11),
        duration: duration(row, column + 12))
    }
    let message = Message(
      number: number, author: integer(row, column + 2) == 0 ? .user(name) : .assistant(model: name),
      content: content,
      timestamp: timestamp, state: state, thinking: text(row, column + 5), images: images, usage: usage)
    return StoredMessage(place: place, message: message)
  }

  func generation(_ row: Int) throws(DamagedRow) -> StoredGeneration {
    guard let id = text(row, 0), let session = text(row, 1), let author = text(row, 2),
      let model = text(row, 3),
      let place = integer(row, 4), let number = integer(row, 5), let started = time(row, 6),
      let state = integer(row, 7)
    else { throw DamagedRow(what: "generation") }
    return StoredGeneration(
      id: id, session: StoreKey(stored: session), author: author, model: model, messagePlace: place,
      messageNumber: number, startedAt: started, end: state == 0 ? nil : try end(row, state))
  }

  func image(_ row: Int) throws(DamagedRow) -> StoredImage {
    guard let type = text(row, 1).flatMap({ SessionImage.MediaType(rawValue: $0) }), let bytes = bytes(row, 2)
    else {
      throw DamagedRow(what: "image")
    }
    return StoredImage(digest: try digest(row), mediaType: type, bytes: bytes)
  }

  /// The digest in the first column.
  func digest(_ row: Int) throws(DamagedRow) -> ImageDigest {
    guard let digest = bytes(row, 0).flatMap({ ImageDigest(bytes: $0) }) else {
      throw DamagedRow(what: "image")
    }
    return digest
  }

  func time(_ row: Int, _ column: Int) -> Timestamp? {
    integer(row, column).map { Timestamp(millisecondsSince1970: Int64($0)) }
  }

  private func end(_ row: Int, _ number: Int) throws(DamagedRow) -> StoredGenerationEnd {
    guard let state = StoredGenerationEnd.State(rawValue: number), let ended = time(row, 8),
      let last = integer(row, 9)
    else { throw DamagedRow(what: "generation") }
    return StoredGenerationEnd(
      state, endedAt: ended, lastNumber: last, doneReason: text(row, 10), failureCode: text(row, 11),
      failureMessage: text(row, 12), answerPlace: integer(row, 13))
  }

  private func duration(_ row: Int, _ column: Int) -> Duration? {
    integer(row, column).map { .microseconds($0) }
  }

  /// Of 32 bytes each; nil where they are not.
  private static func digests(_ bytes: [UInt8]) -> [ImageDigest]? {
    guard bytes.count % 32 == 0 else { return nil }
    return stride(from: 0, to: bytes.count, by: 32).compactMap {
      ImageDigest(bytes: Array(bytes[$0..<($0 + 32)]))
    }
  }
}
