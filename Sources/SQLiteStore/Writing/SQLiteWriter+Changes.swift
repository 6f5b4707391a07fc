internal import Sessions
internal import System

extension SQLiteWriter {
  /// - Returns: why the store does not take the change, where the library has no word for it.
  func apply(_ change: StoreChange) throws(SQLiteFailure) -> StoreWriteError? {
    switch change {
    case .putSession(let session):
      let values = session.values(epoch: epoch)
      if try connection.run(.updateSession, values) == 0 { try connection.run(.putSession, values) }
    case .updateSession(let session):
      if try connection.run(.updateSession, session.values(epoch: epoch)) == 0 { return .sessionIsGone }
    case .deleteSession(let key):
      if isBeside { try forgetInCheckpoints(key) }
      try connection.run(.deleteSession, [.text(key.description)])
    case .putMessage(let message, let key):
      if try connection.run(.putMessage, message.values(in: key)) == 0 {
        return .conflict("another message stands at place \(message.place), or has its number")
      }
    case .dropMessages(let key, let place):
      try connection.run(.dropMessages, [.text(key.description), .integer(place)])
    case .putImage(let image, let key):
      try connection.run(
        .putImage,
        [
          .text(key.description), .bytes(image.digest.bytes), .text(image.mediaType.rawValue),
          .bytes(image.bytes),
        ])
    case .dropImages(let key, let kept): try dropImages(of: key, except: kept)
    case .putCheckpoint, .dropCheckpoints, .dropEarlierCheckpoints: try applyToCheckpoints(change)
    case .putGeneration, .endGeneration, .appendPart, .dropEndedParts, .putIdempotentRequest,
      .dropIdempotentRequest, .dropIdempotentRequests:
      return try applyToGenerations(change)
    case .putAdoption(let order, let time):
      let values: [SQLiteValue] = [.text(order.other), .text(order.owner)]
      try connection.run(.redirectAdoptions, values)
      try connection.run(.putAdoption, values + [.integer(time.millisecondsSince1970)])
      try connection.run(.dropAdoptionsTo, [.text(order.other)])
    case .dropAdoptions(let owner): try connection.run(.dropAdoptionsTo, [.text(owner)])
    case .dropAdoption(let number, let owner):
      try connection.run(.dropAdoption, [.integer(number), .text(owner)])
    case .giveSession, .putKey, .deleteKey, .putTeam, .deleteTeam, .closeAccess:
      return try applyToAccess(change)
    case .putUser, .deleteUser, .reserveUsers, .putSignIn, .dropSignIns, .dropOldSignIns:
      return try applyToUsers(change)
    case .addUsage, .dropUsage, .dropUsageEntries, .dropCounters, .dropOldCounters: try applyToUsage(change)
    }
    return nil
  }

  private func dropImages(of key: StoreKey, except kept: [ImageDigest]) throws(SQLiteFailure) {
    let kept = Set(kept.map(\.bytes))
    for digest in try digests(of: key) where !kept.contains(digest) {
      try connection.run(.dropImage, [.text(key.description), .bytes(digest)])
    }
  }

  private func digests(of key: StoreKey) throws(SQLiteFailure) -> [[UInt8]] {
    let rows = try connection.begin(.imageDigests, [.text(key.description)])
    defer { rows.reset() }
    var digests: [[UInt8]] = []
    while try rows.step() { digests.append(rows.bytes(0)) }
    return digests
  }

  private func applyToGenerations(_ change: StoreChange) throws(SQLiteFailure) -> StoreWriteError? {
    switch change {
    case .putGeneration(let generation):
      try connection.run(.putGeneration, generation.values(epoch: epoch))
    case .endGeneration(let id, let end):
      try connection.run(.endGeneration, [.text(id)] + end.values)
      if end.state != .interrupted { try connection.run(.dropParts, [.text(id)]) }
    case .appendPart(let part):
      try connection.run(
        .appendPart, [.text(part.generation), .integer(part.index), .utf8(part.text), .bytes(part.lengths)])
    case .dropEndedParts(let key): try connection.run(.dropEndedParts, [.text(key.description)])
    case .putIdempotentRequest(let request):
      let values: [SQLiteValue] = [
        .text(request.owner), .text(request.key), .text(request.generation), .bytes(request.digest),
        .integer(request.expiresAt.millisecondsSince1970), .integer(Timestamp.now.millisecondsSince1970),
      ]
      if try connection.run(.putIdempotentRequest, values) == 0 {
        return .conflict("another generation was asked for by this key")
      }
    case .dropIdempotentRequest(let generation):
      try connection.run(.dropRequestOfGeneration, [.text(generation)])
    case .dropIdempotentRequests(let time):
      try connection.run(.dropExpiredRequests, [.integer(time.millisecondsSince1970)])
    default: break
    }
    return nil
  }
}
