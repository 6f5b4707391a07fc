/// What is asked of a database again and again. Each is prepared once a connection; none of them may read a whole table or sort,
/// which a test asks the library's planner about.
enum Query: Int, CaseIterable {
  // Transactions.
  case beginWriting, beginReading, commit, rollBack, beginMember, rollBackMember, endMember
  // Writing.
  case putSession, updateSession, deleteSession
  case putMessage, dropMessages
  case putImage, dropImage
  case putGeneration, endGeneration, dropParts, appendPart, dropEndedParts
  case putCheckpoint, dropCheckpoints, dropEarlierCheckpoints
  case putIdempotentRequest, dropRequestOfGeneration, dropExpiredRequests
  case putSecret
  case copySession, giveSession, moveMessages, moveImages, moveGenerations
  case redirectAdoptions, dropAdoptionsTo, putAdoption, dropAdoption, adoptions, keyOwners
  case addUser, changeUser, deleteUser, reserveUsers, putSignIn, dropSignIn, dropOldSignIns
  case addKey, changeKey, deleteKey, addTeam, changeTeam, deleteTeam, closeAccess, countAccessChange
  case beginFlush, addUsage, addToCounter, dropUsage, dropCounters, dropOldCounters, dropOldFlushes
  case addUsageEntry, dropUsageEntries
  case countEdit, edits, dataVersion, pageCount, freePageCount
  // Reading.
  case session, total, keysOfOwner, keysOfOwnerFromTheEnd, keysOfAll
  case sessionsByUse, sessionsOfAddresses, sessionsAfter
  case messages, recentMessages
  case image, imageDigests
  case generation, lastGeneration, parts, runningGenerations
  case isRunning, runningGenerationsOfSession, checkpoints
  case idempotentRequest, secret
  case accessState, keys, key, teams, team, users, user, signIns, usage, counters, usageEntries
  // Reading all of it.
  case generationsOfSession, requests, secrets, usageOfAll, countersOfAll, usageEntriesOfAll

  /// One statement; its parameters are numbered.
  var sql: String {
    switch self {
    // The lock is taken at once: a transaction that has read first could not wait for it.
    case .beginWriting: "BEGIN IMMEDIATE"
    case .beginReading: "BEGIN"
    case .commit: "COMMIT"
    case .rollBack: "ROLLBACK"
    case .beginMember: "SAVEPOINT member"
    case .rollBackMember: "ROLLBACK TO member"
    case .endMember: "RELEASE member"
    case .putSession, .updateSession, .deleteSession, .putMessage, .dropMessages,
      .putImage, .dropImage,
      .putSecret, .countEdit:
      writingSQL
    case .putGeneration, .endGeneration, .dropParts, .appendPart, .dropEndedParts, .putCheckpoint,
      .dropCheckpoints, .dropEarlierCheckpoints, .putIdempotentRequest, .dropRequestOfGeneration,
      .dropExpiredRequests:
      generationWritingSQL
    case .copySession, .giveSession, .moveMessages, .moveImages, .moveGenerations, .addKey, .changeKey,
      .deleteKey,
      .addTeam, .changeTeam, .deleteTeam, .closeAccess, .countAccessChange:
      accessWritingSQL
    case .redirectAdoptions, .dropAdoptionsTo, .putAdoption, .dropAdoption, .adoptions, .keyOwners:
      adoptionsSQL
    case .addUser, .changeUser, .deleteUser, .reserveUsers, .putSignIn, .dropSignIn, .dropOldSignIns, .users,
      .user, .signIns:
      usersSQL
    case .beginFlush, .addUsage, .addToCounter, .dropUsage, .dropCounters, .dropOldCounters, .dropOldFlushes:
      usageWritingSQL
    case .accessState, .keys, .key, .teams, .team, .usage, .usageOfAll, .counters, .countersOfAll:
      accessReadingSQL
    case .addUsageEntry, .dropUsageEntries, .usageEntries, .usageEntriesOfAll: usageLogSQL
    default: readingSQL
    }
  }
}
