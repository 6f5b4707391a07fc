/// What is asked of a database again and again. Each is prepared once a connection; none of them may read a whole table or sort,
/// which a test asks the library's planner about.
enum Query: Int, CaseIterable {
  // Writing.
  case putSession, updateSession, deleteSession
  case putMessage, dropMessages
  case putImage, dropImage
  case putGeneration, endGeneration, dropParts, appendPart, dropEndedParts
  case putIdempotentRequest, dropRequestOfGeneration, dropExpiredRequests
  case putSecret
  case countEdit, edits, dataVersion, pageCount, freePageCount
  // Reading.
  case session, total, keysOfOwner, keysOfOwnerFromTheEnd
  case sessionsByUse, sessionsOfAddresses, sessionsAfter
  case messages, recentMessages
  case image, imageDigests
  case generation, lastGeneration, parts, runningGenerations
  case idempotentRequest, secret
  // Reading all of it.
  case generationsOfSession, requests, secrets

  /// One statement; its parameters are numbered.
  var sql: String {
    switch self {
    case .putSession, .updateSession, .deleteSession, .putMessage, .dropMessages, .putImage, .dropImage,
      .putSecret, .countEdit:
      writingSQL
    case .putGeneration, .endGeneration, .dropParts, .appendPart, .dropEndedParts, .putIdempotentRequest,
      .dropRequestOfGeneration, .dropExpiredRequests:
      generationWritingSQL
    default: readingSQL
    }
  }
}
