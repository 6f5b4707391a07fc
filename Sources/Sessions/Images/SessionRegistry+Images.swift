public import Access
public import Budgets

extension SessionRegistry {
  /// Keeps an image for a session, made if it is not known. Whoever takes part in a session may give it images.
  ///
  /// - Parameter account: on which a session counts that is made; nil for a client without a bound.
  public func addImage(
    _ image: SessionImage, to id: SessionID, as principal: Principal, account: ClientAccount? = nil
  ) async throws(TurnError) {
    if isDraining { throw .draining }
    if let refusal = storage?.writer.refusal { throw .store(refusal) }
    try await loadStaying(id, for: principal)
    let session = try openSession(id, for: principal, account: account).session
    touch(session)
    use([image], in: session)
    if let storage { try await store(image, in: session, storage) }
  }

  /// An image of a session; nil when the principal has no such session, or it no such image.
  ///
  /// - Throws: ``SessionAccessError/store`` where the store cannot be read.
  public func image(
    _ digest: ImageDigest, of id: SessionID, as principal: Principal
  ) async throws(SessionAccessError) -> SessionImage? {
    try await reach(id, for: principal)
    guard let session = try? session(id, for: principal) else { return nil }
    try await loadImages([digest], of: session)
    return session.images[digest]
  }

  /// Drops the images of the session that was not used for the longest time, of those that have any and are not busy: their
  /// memory is wanted by others.
  ///
  /// - Parameter account: of whose sessions; nil for all.
  /// - Returns: whether there was one.
  public func dropOldestImages(of account: ClientAccount?) -> Bool {
    // What a store has is in memory for whoever needs it, and nobody's to keep.
    let account = storage == nil ? account : nil
    var candidate = account.map { shares[ObjectIdentifier($0)]?.oldest } ?? resting.oldest
    while let session = candidate {
      if session.images.bytes > 0 && !session.isBusy {
        session.images.removeAll()
        return true
      }
      candidate = account == nil ? session.links.newer : session.shareLinks.newer
    }
    return false
  }
}

extension SessionRegistry {
  /// Finds the images that a message names: one that it names twice is one.
  func resolve(_ images: [TurnImage], in session: Session) throws(TurnError) -> [SessionImage] {
    var found: [SessionImage] = []
    var bytes = 0
    for image in images {
      let image = try resolve(image, in: session)
      if found.contains(where: { $0.digest == image.digest }) { continue }
      bytes += image.bytes.count
      guard bytes <= limits.imageBytes else { throw .imagesTooLarge(limit: limits.imageBytes) }
      found.append(image)
    }
    return found
  }

  private func resolve(_ image: TurnImage, in session: Session) throws(TurnError) -> SessionImage {
    switch image {
    case .given(let image): return image
    case .known(let digest):
      guard let image = session.images[digest] else { throw .unknownImage(digest) }
      return image
    }
  }

  /// The images that the store has to get with a message, and from then on counts as having: of those that go along the ones that it
  /// has not. With the first message of a session come all that were given to it before, whether or not the message names them.
  func takeUnstoredImages(along images: [TurnImage], in session: Session) -> [SessionImage] {
    let own = images.compactMap { if case .given(let image) = $0 { image } else { nil } }
    let all = session.isStored ? own : session.images.images + own
    return all.filter { session.storedImages.insert($0.digest).inserted }
  }

  /// Notes that images are used now.
  func use(_ images: [SessionImage], in session: Session) {
    for image in images { session.images.use(image, limits: limits) }
  }

  /// The images that go along with a turn, by the numbers of their messages: those of the last four that have any, as
  /// long as all of them are no more than a session may keep.
  func images(
    along context: [Message], _ message: Message, _ own: [TurnImage], in session: Session
  ) -> [Int: [SessionImage]] {
    guard !own.isEmpty || session.images.bytes > 0 else { return [:] }
    var along: [Int: [SessionImage]] = [:]
    var bytes = 0
    if !own.isEmpty {
      let images = own.compactMap { if case .given(let image) = $0 { image } else { nil } }
      bytes = images.reduce(0) { $0 + $1.bytes.count }
      along[message.number] = images
    }
    for earlier in context.reversed() where !earlier.images.isEmpty {
      guard along.count < limits.imageMessages else { break }
      let images = earlier.images.compactMap { session.images[$0] }
      bytes += images.reduce(0) { $0 + $1.bytes.count }
      guard bytes <= limits.imageBytes else { break }
      if !images.isEmpty { along[earlier.number] = images }
    }
    // What goes along shall not make room for what does not.
    for number in along.keys.sorted() { use(along[number] ?? [], in: session) }
    return along
  }
}

extension Session {
  /// Images have gone to the store; where it has not taken them, another message brings them again.
  func imagesDidGo(_ digests: [ImageDigest], _ outcome: StoreQueue.Outcome) {
    switch outcome {
    case .written, .late: break
    case .refused, .unavailable: storedImages.subtract(digests)
    }
  }
}
