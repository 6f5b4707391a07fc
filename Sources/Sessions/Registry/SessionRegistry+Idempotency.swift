import Access
public import Budgets
import Dispatch
internal import System

// Who asks twice by one key gets one generation.
extension SessionRegistry {
  /// How long a key is known.
  static let idempotencyTime = Duration.seconds(86_400)
  /// Keys that are known without a store; beyond that the oldest is forgotten.
  private static let idempotentTurns = 10_000

  /// What a key has led to, or its claim: whoever gets that asks what there is to be asked before a turn, and then calls
  /// ``beginClaimedTurn(_:account:)`` with it, or ``giveUp(_:)``. All others who show the key wait for that.
  public func claim(_ idempotency: Idempotency) async throws(TurnError) -> IdempotencyClaim {
    let key = idempotency.key
    forgetExpiredTurns()
    while let known = idempotentTurns[key] {
      guard known.digest == idempotency.digest else { throw .idempotencyConflict }
      if let generation = try await join(known, key) { return .joined(generation) }
      // Nobody would run it.
      if Task.isCancelled { throw .cancelled }
    }
    enter(key, idempotency.digest)
    var idempotency = idempotency
    do throws(TurnError) {
      switch try await storedTurn(for: idempotency) {
      case .known(let generation):
        resolve(key, .success(generation), nil)
        return .joined(generation)
      case .forgotten(let id): idempotency.formerGeneration = id
      case nil: break
      }
    } catch {
      resolve(key, .failure(error), nil)
      throw error
    }
    return .first(idempotency)
  }

  /// As ``beginTurn(_:account:)``, of a request whose key was claimed.
  public func beginClaimedTurn(
    _ request: TurnRequest, account: ClientAccount? = nil
  ) async throws(TurnError) -> Turn {
    do throws(TurnError) {
      return try await beginTurn(request, account: account)
    } catch {
      if let key = request.idempotency?.key {
        // That its client has left is no matter of those who wait with it.
        resolve(key, error == .cancelled ? .success(nil) : .failure(error), nil)
      }
      throw error
    }
  }

  /// There will be no turn of a claimed key, which leaves nothing: the first of those who wait for it claims it.
  public func giveUp(_ idempotency: Idempotency) { resolve(idempotency.key, .success(nil), nil) }

  /// A turn has begun that may have been asked for by a key.
  func noteBegin(of generation: Generation, _ request: TurnRequest) {
    guard let key = request.idempotency?.key,
      let session = find(generation.sessionID, as: request.principal.id)
    else { return }
    let number = session.activity?.messageNumber ?? 0
    resolve(key, .success(generation), .began(id: generation.id, in: session.key, message: number))
  }

  /// What has failed is tried again by the same key.
  func forgetIfFailed(_ outcome: GenerationOutcome, in session: Session) {
    guard case .failed = outcome, let key = session.activity?.idempotencyKey else { return }
    forget(key)
  }

  private func enter(_ key: IdempotencyKey, _ digest: [UInt8]) {
    if idempotentTurns[key] == nil {
      idempotencyOrder.append(key)
      if idempotencyOrder.count > SessionRegistry.idempotentTurns { forget(idempotencyOrder[0]) }
    }
    idempotentTurns[key] = IdempotentTurn(
      state: .waits([]), digest: digest, expiresAt: clock.monotonic() + SessionRegistry.idempotencyTime)
  }

  /// Those who wait for it ask again.
  private func forget(_ key: IdempotencyKey) {
    if case .waits(let waiting) = idempotentTurns.removeValue(forKey: key)?.state {
      for continuation in waiting { continuation.resume(returning: .success(nil)) }
    }
    idempotencyOrder.removeAll { $0 == key }
  }

  private func forgetExpiredTurns() {
    let now = clock.monotonic()
    while let oldest = idempotencyOrder.first, idempotentTurns[oldest].map({ $0.expiresAt <= now }) ?? true {
      forget(oldest)
    }
  }

  /// What a key waits for has come, or will not.
  ///
  /// - Parameters:
  ///   - result: no generation where it was given up.
  ///   - state: nil where the key is known no more.
  private func resolve(
    _ key: IdempotencyKey, _ result: Result<Generation?, TurnError>, _ state: IdempotentTurn.State?
  ) {
    guard case .waits(let waiting) = idempotentTurns[key]?.state else { return }
    // Those who wait get the result, and do not ask again.
    idempotentTurns[key]?.state = state ?? .waits([])
    if state == nil {
      forget(key)
    } else if case .success(let generation) = result {
      idempotentTurns[key]?.generation = generation
    }
    for continuation in waiting { continuation.resume(returning: result) }
  }

  /// - Returns: nil where nothing is left of it, or it was given up.
  private func join(_ turn: IdempotentTurn, _ key: IdempotencyKey) async throws(TurnError) -> Generation? {
    switch turn.state {
    case .waits(let waiting):
      let result: Result<Generation?, TurnError> = await withCheckedContinuation { continuation in
        idempotentTurns[key]?.state = .waits(waiting + [continuation])
      }
      guard let generation = try result.get() else { return nil }
      try await acknowledge(generation)
      return generation
    case .began(let id, let sessionKey, let number):
      if let generation = turn.generation {
        try await acknowledge(generation)
        return generation
      }
      guard let session = sessions[sessionKey],
        let place = session.messages.firstIndex(where: { $0.number == number }),
        place + 1 < session.messages.count, !session.messages[place + 1].isFromUser
      else {
        // The store may know it.
        forget(key)
        return nil
      }
      return Generation(
        ended: id, in: session.id, with: session.messages[place + 1], doneReason: "stop", lastNumber: 1,
        by: key.owner, startedAt: session.messages[place].timestamp)
    }
  }

  private func acknowledge(_ generation: Generation) async throws(TurnError) {
    guard let session = find(generation.sessionID, as: generation.principal),
      session.activity?.generation === generation
    else { return }
    guard await isAcknowledged(session) else { throw .notStored }
  }

  /// What a store has of a key.
  private enum StoredTurn {
    case known(Generation)
    /// Nothing is left of the generation: it was stopped before its first word, or its message was taken back or cleared.
    case forgotten(generation: String)
  }

  /// What an earlier process, or this one some time ago, has made for a key.
  private func storedTurn(for idempotency: Idempotency) async throws(TurnError) -> StoredTurn? {
    guard let storage else { return nil }
    let (owner, text) = (idempotency.key.owner, idempotency.key.text)
    let name = owner.storedName
    let found: (IdempotentRequest, Generation?)?
    do throws(StoreError) {
      found = try await storage.readers.read { reader throws(StoreError) in
        guard let request = try reader.idempotentRequest(text, of: name) else {
          return nil as (IdempotentRequest, Generation?)?
        }
        guard let stored = try reader.generation(request.generation) else { return (request, nil) }
        return (request, try Generation.ended(stored, by: owner, reader))
      }
    } catch {
      throw .notStored
    }
    guard let (request, generation) = found else { return nil }
    guard request.digest == idempotency.digest else { throw .idempotencyConflict }
    if let generation { return .known(generation) }
    // Its key may have been one too many for memory.
    let running = active.values.lazy.compactMap { $0.activity?.generation }.first {
      $0.id == request.generation
    }
    guard let running else { return .forgotten(generation: request.generation) }
    try await acknowledge(running)
    return .known(running)
  }
}
