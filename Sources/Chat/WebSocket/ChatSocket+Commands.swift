internal import Access
internal import Handling
internal import Budgets
internal import EventLoop
internal import JSON
internal import Sessions
internal import WebSocket

// What the protocol of the chat wants done: questions to the registry, in the order in which the client has asked them.
extension ChatSocket {
  /// Messages of a history that are sent.
  private static let historyLimit = 500

  func perform(_ command: ChatSocketProtocol.Command?) {
    guard let command, !hasEnded, let sessionID, socket?.isOpen == true else { return }
    let (registry, principal) = (services.registry, principal)
    switch command {
    case .beginTurn(let request, let includesContext, let number):
      beginTurn(request, includesContext, number, in: sessionID)
    case .follow(let generation, let number): follow(generation, after: number)
    case .stop:
      ask {
        await ChatSocket.refusal { () throws(SessionAccessError) in
          _ = try await registry.stopGeneration(of: sessionID, as: principal)
        }
      } then: { socket, refusal in
        if let refusal, refusal != .unknown { socket.refuse(RequestFailure(refusal)) }
      }
    case .resume(let session, let number):
      ask {
        await ChatSocket.result { () throws(SessionAccessError) in
          try await registry.generation(of: session ?? sessionID, as: principal)
        }
      } then: { socket, found in
        guard let generation = socket.value(of: found) else { return }
        let command = socket.dialogue?.resume(generation, after: number, into: &socket.writer)
        socket.flush()
        socket.perform(command ?? nil)
      }
    case .readHistory(let dialect):
      ask {
        await ChatSocket.result { () throws(SessionAccessError) in
          try await registry.history(of: sessionID, as: principal, limit: ChatSocket.historyLimit)
        }
      } then: { socket, found in
        guard let page = socket.value(of: found) else { return }
        socket.sendHistory(page?.messages ?? [], dialect)
      }
    case .clearHistory(let dialect):
      ask {
        await ChatSocket.refusal { () throws(SessionAccessError) in
          _ = try await registry.clearHistory(of: sessionID, as: principal)
        }
      } then: { socket, refusal in
        // Of a session that is not there any more nothing is left to clear.
        if let refusal, refusal != .unknown { return socket.refuse(RequestFailure(refusal)) }
        socket.dialogue?.writeCleared(dialect: dialect, into: &socket.writer)
        socket.flush()
      }
    case .readMetrics:
      let connections = services.connections
      ask {
        (registry.currentCounts, connections.count)
      } then: { socket, counts in
        socket.dialogue?.writeMetrics(counts.0, connections: counts.1, into: &socket.writer)
        socket.flush()
      }
    case .greet: greet(in: sessionID)
    case .configure(let config): configure(config)
    case .leave(let reason): socket?.close(.tryAgainLater, reason: reason)
    }
  }

  private func greet(in session: SessionID) {
    let (registry, principal, modelNames) = (services.registry, principal, modelNames)
    let grant = principal.grant
    ask {
      // What cannot be read is told by whatever asks for it.
      (try? await registry.generation(of: session, as: principal), await modelNames.read(for: grant))
    } then: { socket, found in
      socket.dialogue?.writeConnection(generation: found.0, models: found.1, into: &socket.writer)
      socket.flush()
    }
  }

  private func configure(_ config: [UInt8]) {
    do throws(RequestFailure) {
      var merged = self.config.object
      try merged.merge(config)
      let hold = try RequestFailure.hold(bytes: merged.json.count, of: services.unsentMemory, for: account)
      self.config = (merged, hold)
      dialogue?.writeConfig(merged, into: &writer)
      flush()
    } catch {
      refuse(error)
    }
  }

  private func sendHistory(_ messages: [Message], _ dialect: ChatSocketProtocol.Dialect) {
    guard let dialogue, let socket else { return }
    do throws(RequestFailure) {
      let hold = try RequestFailure.hold(messages, of: services.unsentMemory, for: socket.account)
      socket.send(dialogue.history(messages, keeping: hold, dialect: dialect))
    } catch {
      refuse(error)
    }
  }

  private func refuse(_ failure: RequestFailure) {
    dialogue?.write(failure, into: &writer)
    flush()
  }

  private static func result<Value: Sendable>(
    _ work: @Sendable () async throws(SessionAccessError) -> Value
  ) async -> Result<Value, SessionAccessError> {
    do throws(SessionAccessError) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }

  /// What was found; where that failed the client is told.
  private func value<Value>(of result: Result<Value, SessionAccessError>) -> Value? {
    switch result {
    case .success(let value): return value
    case .failure(let error):
      refuse(RequestFailure(error))
      return nil
    }
  }

  private static func refusal(
    _ work: @Sendable () async throws(SessionAccessError) -> Void
  ) async -> SessionAccessError? {
    do throws(SessionAccessError) {
      try await work()
      return nil
    } catch {
      return error
    }
  }

  /// Asks the registry, and goes on with what it returns. The tasks of a loop begin in their order, and each puts its question on
  /// the registry's queue at once: what a client says is done in the order in which it was said.
  private func ask<Result: Sendable>(
    _ question: @escaping () async -> Result, then: @escaping (ChatSocket, Result) -> Void
  ) {
    weak let asker = self
    loop.startTask {
      let result = await question()
      guard let asker, !asker.hasEnded else { return }
      asker.dialogue?.questionDidEnd()
      then(asker, result)
    }
  }
}
