internal import Access
internal import Accounts
internal import Handling
internal import Budgets
internal import EventLoop
internal import JSON
internal import OllamaAPI
internal import Sessions
internal import System
internal import Upstreams

// Turns of this socket, and the generations of its session that it tells its client.
extension ChatSocket {
  /// Bytes of text that are encoded at a time.
  private static let batchBytes = 32 * 1024

  func beginTurn(
    _ message: ChatMessageRequest, _ includesContext: Bool, _ number: Int, in session: SessionID
  ) {
    pendingTurns += 1
    context.checkModel(of: message, for: principal.grant) { [self] refusal in
      if let refusal { return turnDidFail(number, refusal) }
      beginChecked(message, includesContext, number, in: session)
    }
  }

  private func beginChecked(
    _ message: ChatMessageRequest, _ includesContext: Bool, _ number: Int, in session: SessionID
  ) {
    guard !hasEnded else { return }
    let place: TablePlace
    let work: MeteredWork?
    do throws(RequestFailure) {
      place = try services.takeTurn(of: account)
      work = try begin(message)
    } catch {
      return turnDidFail(number, error)
    }
    var request = TurnRequest(
      sessionID: session, principal: principal, user: message.userID, message: message.message,
      images: message.images, model: message.model,
      includesContext: includesContext, replacesLastTurn: message.regenerates, origin: listener.id,
      originTurn: number, isStreamed: message.stream, attachedBytes: message.attachedBytes)
    let bound = LoopBound(WeakReference(self), to: loop)
    let loop = loop
    request.onWait = { loop.execute { bound.value.object?.turnDoesWait(number) } }
    let waiting = request
    loop.startTask {
      do throws(TurnError) {
        let turn = try await self.services.registry.beginTurn(waiting, account: self.account)
        let runner = GenerationRunner(
          turn: turn, for: self.admitted, route: self.route, place: place, work: work, in: self.context)
        runner.start(message, trace: self.trace)
        try await self.services.registry.acknowledge(turn)
      } catch {
        self.turnDidFail(number, RequestFailure(error))
      }
    }
  }

  /// Lets a turn in by what whoever has opened the socket may use now: a key may have got other limits since.
  private func begin(_ message: ChatMessageRequest) throws(RequestFailure) -> MeteredWork? {
    let meter = context.meter
    guard meter.counts(payer), let payer = payer.current(in: meter.control.directory.directory) else {
      return nil
    }
    return try meter.begin(
      message.demand(isStream: message.stream), of: context.upstreams.canonicalName(message.model),
      for: payer, as: .problem, requestID)
  }

  private func turnDoesWait(_ number: Int) {
    guard !hasEnded else { return }
    dialogue?.turnDoesWait(number, into: &writer)
    flush()
  }

  private func turnDidFail(_ number: Int, _ failure: RequestFailure) {
    pendingTurns -= 1
    dialogue?.turnDidFail(number, failure, into: &writer)
    flush()
    closeIfDrained()
  }

  func generationDidStart(_ generation: Generation) {
    guard !hasEnded else { return }
    guard dialogue != nil else {
      // One more than can be told: the socket will be shown out.
      if early.count < ChatSocketProtocol.waitingGenerations + 2 { early.append(generation) }
      return
    }
    let isOwn = generation.origin == listener.id
    if isOwn { pendingTurns -= 1 }
    let command = dialogue?.generationDidStart(
      generation, ownTurn: isOwn ? generation.originTurn : nil, into: &writer)
    flush()
    perform(command ?? nil)
  }

  func follow(_ generation: Generation, after number: Int) {
    unfollow()
    owesStart = number == 0
    let bound = LoopBound(WeakReference(self), to: loop)
    subscription = generation.log.subscribe(after: number, on: loop) { bound.value.object?.pump() }
    setState(.generating)
    pump()
  }

  func unfollow() {
    subscription?.cancel()
    subscription = nil
  }

  /// Writes what is new, as long as the client keeps up.
  func pump() {
    while let subscription, socket?.isCongested != true {
      if owesStart {
        owesStart = false
        dialogue?.writeStart(into: &writer)
        flush()
      }
      let progress = subscription.read(maximumBytes: ChatSocket.batchBytes) { number, event in
        dialogue?.write(number, event, into: &writer)
        flush()
      }
      if progress == .ended { return endGeneration() }
      if progress == .caughtUp { return }
    }
  }

  private func endGeneration() {
    unfollow()
    setState(.idle)
    let command = dialogue?.generationDidEnd(into: &writer)
    flush()
    perform(command ?? nil)
    closeIfDrained()
  }
}
