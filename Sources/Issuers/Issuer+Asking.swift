internal import Configuration
internal import EventLoop
internal import HTTPClient
internal import HTTPFields
internal import JSONWebToken
internal import System

extension Issuer {
  /// Comes back when what the issuer says now is known, where it may be asked; else at once. At most ``patience``.
  ///
  /// - Parameter need: what for.
  package func settle(_ need: IssuerKeys.Need) async {
    let decision = state.withLock { state in
      state.client == nil ? .proceed : state.keys.decide(need, at: .now)
    }
    switch decision {
    case .proceed: break
    case .ask: ask()
    case .askAndWait, .wait:
      await withCheckedContinuation { continuation in
        let (waits, begins) = state.withLock { state in
          // It may have been settled meanwhile.
          guard state.keys.isAsking, state.client != nil, state.waiters.count < Self.waiterLimit else {
            return (false, decision == .askAndWait)
          }
          state.waiters.append(continuation)
          return (true, decision == .askAndWait)
        }
        if !waits { continuation.resume() }
        if begins { ask() }
      }
    }
  }

  /// Asks; after a decision to do so alone.
  func ask() {
    guard let client = state.withLock({ $0.client }) else { return finish(nil, "the gateway goes down") }
    client.loop.execute {
      client.loop.startTask {
        let deadline = MonotonicTime.now + self.patience
        do throws(FetchFailure) {
          let found = try await self.fetch(by: client.value, until: deadline)
          self.finish(found, "")
        } catch {
          self.finish(nil, error.words)
        }
      }
    }
  }

  /// What kept it from answering: for the log, and never of what it has sent.
  struct FetchFailure: Error {
    let words: String
    /// Whether it may be better the next time: it does not answer, or not as it should.
    var isAway = false
  }

  func fetch(
    by client: HTTPClient, until deadline: MonotonicTime
  ) async throws(FetchFailure) -> (IssuerDocument, KeySet) {
    let content = try await get(IssuerDocument.url(of: settings.issuer), by: client, until: deadline)
    let document: IssuerDocument
    do throws(IssuerDocument.Fault) {
      document = try IssuerDocument(content, of: settings.issuer)
    } catch {
      throw FetchFailure(words: "its discovery document \(error.words)")
    }
    let bytes = try await get(document.keysURL, by: client, until: deadline)
    guard let keys = KeySet(bytes) else { throw FetchFailure(words: "its keys are no set of keys") }
    return (document, keys)
  }

  private func get(
    _ url: String, by client: HTTPClient, until deadline: MonotonicTime
  ) async throws(FetchFailure) -> [UInt8] {
    let rest = deadline - .now
    guard rest > .zero else { throw FetchFailure(words: "no answer in time", isAway: true) }
    let request = ClientRequest(
      method: "GET", url: url, fields: [("Accept", "application/json")],
      timeouts: TransferTimeouts(connect: rest, firstByte: rest, idle: rest, whole: rest))
    let response: FetchedResponse
    do throws(TransferError) {
      response = try await client.fetch(request, limit: IssuerDocument.longest)
    } catch {
      throw FetchFailure(words: "\(error)", isAway: true)
    }
    let status = response.head.status
    guard status == 200 else { throw FetchFailure(words: "status \(status)", isAway: status >= 500) }
    return response.content
  }

  private func finish(_ found: (IssuerDocument, KeySet)?, _ words: String) {
    let (waiters, generation, note) = state.withLock { state in
      if let (document, keys) = found {
        state.keys.learn(document, keys, at: .now)
      } else {
        state.keys.fail()
      }
      let wasAway = state.isAway
      state.isAway = found == nil
      let note: Note? = wasAway == state.isAway ? nil : state.isAway ? .away(words) : .back
      defer { state.waiters = [] }
      return (state.waiters, state.keys.generation, note)
    }
    setGeneration(generation)
    if let note { teller(note) }
    for waiter in waiters { waiter.resume() }
  }
}
