import Testing

@testable import HTTPServer

/// Ways through an exchange that a table of single events does not show.
@Suite struct ExchangeStateMachineTests {
  typealias Machine = ExchangeStateMachine

  /// One whose head has come; the delegate is being called.
  private static func begun(
    hasBody: Bool = true, isChunked: Bool = false, expectsContinue: Bool = false
  ) -> Machine {
    var machine = Machine(hasBody: hasBody, isChunked: isChunked, expectsContinue: expectsContinue)
    machine.expect(.deliver) { $0.headArrived(isSound: true) }
    return machine
  }

  @Test func aRequestWithoutContent() {
    var machine = Self.begun(hasBody: false)
    machine.expect(.passNoBody) { $0.collectBody(limit: 10, declared: nil) }
    machine.expect(.keep) { $0.responseGiven(.good) }
    machine.expect(.nothing) { $0.handlerReturned() }
    machine.expect(.queue) { $0.libraryAsks() }
    machine.expect(.end(releasesBody: true)) { $0.end() }
    #expect(machine.hasEnded && !machine.wasCutOff)
  }

  @Test func aResponseThatEndsTheConnectionIsQueuedAtTheHead() {
    var machine = Self.begun(hasBody: false)
    machine.expect(.keep) { $0.responseGiven(.refusal) }
    machine.expect(.queue) { $0.handlerReturned() }
  }

  @Test func aHeadThatIsNotSoundIsRefused() {
    var machine = Machine(hasBody: true, isChunked: false, expectsContinue: false)
    machine.expect(.refuseHead) { $0.headArrived(isSound: false) }
    machine.expect(.replaceResponse) { $0.refused() }
    machine.expect(.keep) { $0.refusalGiven(.refusal) }
    machine.expect(.sendPast(resuming: .none)) { $0.handlerReturned() }
    #expect(machine.phase == .dropping && machine.isRefused)
  }

  @Test func whoWaitsFor100SendsNoBodyOnceItHasTheResponse() {
    var machine = Self.begun(expectsContinue: true)
    machine.expect(.keep) { $0.responseGiven(.error) }
    machine.expect(.queue) { $0.handlerReturned() }
    var other = Self.begun(expectsContinue: true)
    other.expect(.startBody) { $0.streamBody() }
    other.expect(.sendContinue) { $0.handlerReturned() }
  }

  @Test func aBodyHasItsBound() {
    var machine = Self.begun()
    machine.expect(.refuseBody(limit: 10)) { $0.collectBody(limit: 10, declared: 11) }
    machine.expect(.startBody) { $0.collectBody(limit: 10, declared: 10) }
    machine.expect(.nothing) { $0.handlerReturned() }
    machine.expect(.collect) { $0.bodyArrived(10) }
    machine.expect(.nothing) { $0.pieceTaken(mayGoOn: true) }
    machine.expect(.refuseBody(limit: 10)) { $0.bodyArrived(1) }
    machine.expect(.replaceResponse) { $0.refused() }
    machine.expect(.sendPast(resuming: .none)) { $0.refusalGiven(.refusal) }
    machine.expect(.countDropped) { $0.bodyArrived(1) }
    machine.expect(.close) { $0.libraryAsks() }
  }

  /// It is paused from its first piece on, and then anybody's.
  @Test func aBodyThatIsHeldBack() {
    for isLong in [false, true] {
      var machine = Self.begun()
      machine.expect(.startBody) { $0.streamBody() }
      machine.expect(.nothing) { $0.handlerReturned() }
      machine.expect(.give) { $0.bodyArrived(5) }
      machine.expect(.suspend(endsAwake: false)) { $0.pieceTaken(mayGoOn: false) }
      machine.bodyIsHeldNoMore()
      machine.expect(isLong ? .refuseBody(limit: 4) : .startBody) {
        $0.collectBody(limit: isLong ? 4 : 10, declared: nil)
      }
      if isLong { continue }
      machine.expect(.resume(from: .body)) { $0.resumeBody() }
      machine.expect(.collect) { $0.bodyArrived(5) }
      machine.expect(.nothing) { $0.pieceTaken(mayGoOn: true) }
      machine.expect(.finishBody) { $0.libraryAsks() }
    }
  }

  /// What its reader gives while it is called waits for the end of the call.
  @Test func anErrorInsideThePieceThatPausesIsSentAndNothingIsSuspended() {
    var machine = Self.begun()
    machine.expect(.startBody) { $0.streamBody() }
    machine.expect(.nothing) { $0.handlerReturned() }
    machine.expect(.give) { $0.bodyArrived(1) }
    machine.expect(.keep) { $0.responseGiven(.error) }
    machine.expect(.sendPast(resuming: .none)) { $0.pieceTaken(mayGoOn: false) }
    #expect(machine.pause == .none)
  }

  @Test func anErrorResumesAPausedBody() {
    var machine = Self.begun()
    machine.expect(.startBody) { $0.streamBody() }
    _ = machine.handlerReturned()
    _ = machine.bodyArrived(1)
    machine.expect(.suspend(endsAwake: false)) { $0.pieceTaken(mayGoOn: false) }
    machine.expect(.sendPast(resuming: .body)) { $0.responseGiven(.error) }
  }

  /// As libmicrohttpd has them: it reads more than one of them at once.
  @Test func chunksThatComeWhileTheBodyIsPaused() {
    var machine = Self.begun(isChunked: true)
    _ = machine.streamBody()
    _ = machine.handlerReturned()
    _ = machine.bodyArrived(1)
    machine.expect(.suspend(endsAwake: false)) { $0.pieceTaken(mayGoOn: false) }
    machine.expect(.give) { $0.bodyArrived(1) }
    machine.expect(.nothing) { $0.pieceTaken(mayGoOn: false) }
    machine.expect(.resume(from: .body)) { $0.resumeBody() }
    machine.expect(.nothing) { $0.resumeBody() }
  }

  @Test func aReaderThatEndsTheConnectionSuspendsNothing() {
    var machine = Self.begun()
    _ = machine.streamBody()
    _ = machine.handlerReturned()
    machine.expect(.give) { $0.bodyArrived(1) }
    machine.expect(.stopHandler(resuming: .none)) { $0.clientLeft() }
    machine.expect(.nothing) { $0.pieceTaken(mayGoOn: false) }
    machine.expect(.close) { $0.bodyArrived(1) }
  }

  @Test func aReaderThatEndsTheConnectionAtTheBodysEndWaitsForNothing() {
    var machine = Self.begun()
    _ = machine.streamBody()
    _ = machine.handlerReturned()
    machine.expect(.finishBody) { $0.libraryAsks() }
    machine.expect(.stopHandler(resuming: .none)) { $0.clientLeft() }
    machine.expect(.close) { $0.bodyFinished() }
  }

  @Test func waitingAwakeEndsInASuspensionOrAResponse() {
    var machine = Self.begun(hasBody: false)
    _ = machine.handlerReturned()
    machine.expect(.wait) { $0.libraryAsks() }
    machine.expect(.waitAwake) { $0.waits(isAwake: true) }
    machine.expect(.wait) { $0.libraryAsks() }
    machine.expect(.nothing) { $0.waits(isAwake: true) }
    var responded = machine
    responded.expect(.resume(from: .awake)) { $0.responseGiven(.good) }
    responded.expect(.queue) { $0.libraryAsks() }
    machine.expect(.suspend(endsAwake: true)) { $0.waits(isAwake: false) }
    machine.expect(.resume(from: .handler)) { $0.responseGiven(.good) }
  }

  @Test func aRefusalGoesInPlaceOfAResponseThatWaits() {
    var machine = Self.begun()
    _ = machine.handlerReturned()
    machine.expect(.keep) { $0.responseGiven(.good) }
    machine.expect(.refuseSlow) { $0.timeIsUp(isTooSlow: true) }
    machine.expect(.replaceResponse) { $0.refused() }
    machine.expect(.sendPast(resuming: .none)) { $0.refusalGiven(.refusal) }
    machine.expect(.drop(warns: false)) { $0.responseGiven(.good) }
    machine.expect(.nothing) { $0.refused() }
  }

  @Test func whoHasGivenUpAHandlerHearsNothingOfItsResponse() {
    var machine = Self.begun(hasBody: false)
    _ = machine.responseGiven(.good)
    machine.dropsLaterResponses = true
    machine.expect(.drop(warns: false)) { $0.responseGiven(.good) }
  }

  @Test(arguments: [ExchangeStateMachine.ResponseKind.good, .error, .stream])
  func withoutRoomForItsHeadAResponseIs502(_ kind: ExchangeStateMachine.ResponseKind) {
    var machine = Self.begun(hasBody: false)
    _ = machine.responseGiven(kind)
    _ = machine.handlerReturned()
    machine.expect(.queue) { $0.libraryAsks() }
    machine.expect(.sendNoRoom) { $0.foundNoRoom(for: kind) }
    machine.expect(.nothing) { $0.clientLeft() }
    machine.expect(.end(releasesBody: true)) { $0.end() }
    #expect(!machine.wasCutOff)
  }

  @Test func aRefusalNeedsNoRoomInTheLibrary() {
    var machine = Self.begun(hasBody: false)
    _ = machine.responseGiven(.refusal)
    machine.expect(.queue) { $0.handlerReturned() }
    machine.expect(.sendPast(resuming: .none)) { $0.foundNoRoom(for: .refusal) }
  }

  @Test func halfClosed() {
    var machine = Self.begun(hasBody: false)
    _ = machine.handlerReturned()
    #expect(!machine.endsWithPeer(isGone: false), "the library is still at it")
    _ = machine.libraryAsks()
    _ = machine.waits(isAwake: false)
    #expect(machine.endsWithPeer(isGone: false))
    machine.outlivesHalfClose = true
    #expect(!machine.endsWithPeer(isGone: false) && machine.endsWithPeer(isGone: true))
  }

  @Test func aHalfClosedUploadEnds() {
    var machine = Self.begun()
    machine.outlivesHalfClose = true
    _ = machine.streamBody()
    _ = machine.handlerReturned()
    _ = machine.bodyArrived(1)
    _ = machine.pieceTaken(mayGoOn: false)
    #expect(machine.endsWithPeer(isGone: false), "the rest of the body will not come")
  }

  @Test func theLibrarysOwnResponse() {
    var machine = Self.begun(isChunked: true)
    _ = machine.handlerReturned()
    #expect(machine.hasLibraryResponse)
    var responded = machine
    _ = responded.responseGiven(.good)
    #expect(!responded.hasLibraryResponse)
    _ = machine.clientLeft()
    #expect(!machine.hasLibraryResponse)
  }

  @Test func aBodyThatSomebodyHasIsCountedBeyondTheEnd() {
    var machine = Self.begun()
    _ = machine.collectBody(limit: 10, declared: nil)
    _ = machine.handlerReturned()
    var isRead = machine.bodyIsRead()
    #expect(!isRead)
    machine.expect(.finishBody) { $0.libraryAsks() }
    machine.keepBody()
    _ = machine.bodyFinished()
    _ = machine.waits(isAwake: false)
    _ = machine.clientLeft()
    machine.expect(.end(releasesBody: false)) { $0.end() }
    isRead = machine.bodyIsRead()
    #expect(isRead)
    machine.keepBody()
    machine.expect(.nothing) { $0.end() }
  }

  @Test func itIsSmall() {
    #expect(MemoryLayout<Machine>.stride <= 32, "it lies within its exchange")
  }
}

extension ExchangeStateMachine {
  /// What follows from `event` is `action`.
  fileprivate mutating func expect(
    _ action: Action, sourceLocation: SourceLocation = #_sourceLocation, after event: (inout Self) -> Action
  ) {
    let found = event(&self)
    #expect(found == action, sourceLocation: sourceLocation)
  }
}
