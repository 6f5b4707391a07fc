internal import Access
internal import Accounts
internal import Budgets
internal import EventLoop
internal import HTTPServer
internal import Handling
internal import OllamaAPI
internal import Sessions
internal import Upstreams

// From a message to its generation.
extension ChatEndpoints {
  /// What a message has led to.
  private enum Beginning {
    /// It has its turn.
    case begun(Turn, MeteredWork?)
    /// It came before, by the same key: this is its generation, which takes nothing more of any limit.
    case joined(Generation)
  }

  /// Waits for the message's turn in its session, then lets Ollama generate.
  ///
  /// - Parameters:
  ///   - demand: for what limits are asked where the message has a key, once it is known to be the first.
  ///   - work: of a message without a key.
  func takeTurn(
    _ request: GatewayRequest, _ message: ChatMessageRequest, _ demand: Demand,
    _ responder: any ChatResponder, _ place: TablePlace, _ work: MeteredWork?, _ idempotency: Idempotency?
  ) {
    let trace = TraceFields.of(request, context.settings)
    let admitted = Admitted(
      context.principal(of: request), by: .chat, from: request.callerPlace, showing: request.proof)
    let waitLimit = request.waitLimit
    let context = context
    // Who shows a key may come back for it, as who loses a stream.
    let mayComeBack = message.stream || idempotency != nil
    let turnRequest = TurnRequest(
      sessionID: message.sessionID, principal: admitted.principal, user: message.userID,
      message: message.message, images: message.images,
      model: message.model, replacesLastTurn: message.regenerates, isStreamed: mayComeBack,
      idempotency: idempotency, attachedBytes: message.attachedBytes)
    let wait = TurnWait(admitted, in: context.accessWatch)
    let task = context.loop.startTask {
      do throws(RequestFailure) {
        let beginning = try await self.begin(turnRequest, demand, work, for: request)
        wait.end()
        switch beginning {
        case .joined(let generation): responder.attach(generation, after: 0)
        case .begun(let turn, let work):
          let runner = GenerationRunner(
            turn: turn, for: admitted, route: request.route, place: place, work: work, in: context)
          runner.onUpstream = { request.note($0, $1) }
          runner.onUpstreamFailure = { request.upstreamFailure = $0 }
          runner.start(message, trace: trace, waitLimit: waitLimit)
          try await self.acknowledge(turn)
          responder.attach(turn.generation, after: 0)
        }
      } catch {
        wait.end()
        responder.fail(wait.refusal ?? error)
      }
    }
    wait.task = task
    request.exchange.onClientLeft = {
      task.cancel()
      responder.clientLeft()
    }
  }

  private func begin(
    _ turn: TurnRequest, _ demand: Demand, _ work: MeteredWork?, for request: GatewayRequest
  ) async throws(RequestFailure) -> Beginning {
    let (registry, account) = (context.services.registry, request.exchange.account)
    var turn = turn
    do throws(TurnError) {
      guard let idempotency = turn.idempotency else {
        return .begun(try await registry.beginTurn(turn, account: account), work)
      }
      switch try await registry.claim(idempotency) {
      case .joined(let generation): return .joined(generation)
      case .first(let claimed): turn.idempotency = claimed
      }
    } catch {
      throw RequestFailure(error)
    }
    let work = try await admit(turn, demand, request)
    do throws(TurnError) {
      return .begun(try await registry.beginClaimedTurn(turn, account: account), work)
    } catch {
      throw RequestFailure(error)
    }
  }

  /// Asks the limits for what is the first of its key. Where they refuse it, it leaves nothing.
  private func admit(
    _ turn: TurnRequest, _ demand: Demand, _ request: GatewayRequest
  ) async throws(RequestFailure) -> MeteredWork? {
    do throws(RequestFailure) {
      return try request.begin(demand, of: turn.model, by: context)
    } catch {
      if let claimed = turn.idempotency { await context.services.registry.giveUp(claimed) }
      throw error
    }
  }

  private func acknowledge(_ turn: Turn) async throws(RequestFailure) {
    do throws(TurnError) {
      try await context.services.registry.acknowledge(turn)
    } catch {
      throw RequestFailure(error)
    }
  }
}
