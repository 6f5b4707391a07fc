import GatewayTesting
import Testing

@testable import HTTPServer

/// Whatever happens to an exchange, and in whatever order, holds what its client and its owner rely on.
@Suite struct ExchangePropertyTests {
  @Test(arguments: UInt64(0)..<40) func inAnyOrder(_ seed: UInt64) {
    for round in 0..<500 {
      var drive = RandomDrive(seed: seed << 16 | UInt64(round))
      drive.run()
      guard drive.faults.isEmpty else {
        Issue.record("seed \(seed), round \(round): \(drive.faults)\n\(drive.trace.joined(separator: "\n"))")
        return
      }
    }
  }
}

/// Performs a machine's actions as ``ServerExchange`` does, with a library, a client and a handler that do what they like.
private struct RandomDrive {
  typealias Machine = ExchangeStateMachine

  private var random: SeededGenerator
  private var machine: Machine
  private(set) var faults: [String] = []
  private(set) var trace: [String] = []

  private var bodyLeft: Int
  private var limit: Int?
  private var held = 0
  private var isSuspended = false
  private var isAwake = false
  /// Responses that the library has, or the socket.
  private var responses = 0
  private var keptKind: Machine.ResponseKind?
  private var isRefused = false
  private var stops = 0
  private var ends = 0
  private var isClosed = false

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    bodyLeft = Bool.random(using: &random) ? 0 : Int.random(in: 1...40, using: &random)
    machine = Machine(
      hasBody: bodyLeft > 0, isChunked: .random(using: &random),
      expectsContinue: Int.random(in: 0..<4, using: &random) == 0)
  }

  mutating func run() {
    note("body of \(bodyLeft)")
    perform(machine.headArrived(isSound: Int.random(in: 0..<8, using: &random) != 0))
    for _ in 0..<Int.random(in: 1...40, using: &random) { happen() }
    // The connection's end.
    end(wasSent: false)
    check(ends == 1, "it ends once, not \(ends) times")
    check(machine.wasCutOff || responses == 1, "a whole exchange has one response, not \(responses)")
    check(!isSuspended && !isAwake, "nothing waits beyond the end")
    let ended = machine
    for _ in 0..<10 { happen() }
    check(machine.phase == ended.phase && ends == 1 && responses <= 1, "nothing follows the end")
    check(!machine.isRefused || isRefused, "only the server refuses")
  }

  private mutating func check(_ condition: Bool, _ fault: String) {
    if !condition { faults.append(fault) }
  }

  private mutating func note(_ text: String) { trace.append(text) }

  private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
}

// MARK: - What happens

extension RandomDrive {
  private mutating func happen() {
    switch Int.random(in: 0..<12, using: &random) {
    case 0...4: libraryRuns()
    case 5, 6: handle()
    case 7: perform(machine.resumeBody())
    case 8: perform(machine.contentArrived(isFlushed: .random(using: &random)))
    case 9: perform(machine.timeIsUp(isTooSlow: chance(4)))
    case 10: if chance(6) { leave() }
    default: if machine.endsWithPeer(isGone: chance(2)) && chance(6) { leave() }
    }
  }

  /// libmicrohttpd calls for a connection that is not suspended, and for a body's chunks that it had read before.
  private mutating func libraryRuns() {
    guard !isSuspended || machine.pause == .body else { return }
    if isClosed { return end(wasSent: false) }
    if machine.phase == .sending {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: end(wasSent: true)
      case 1 where chance(6):
        note("upgrade")
        machine.handedOver()
      default: perform(machine.contentRunsDry(isPastLibrary: .random(using: &random)))
      }
    } else if machine.phase == .upgraded {
      if chance(3) { end(wasSent: true) }
    } else if bodyLeft > 0 {
      let count = Int.random(in: 1...bodyLeft, using: &random)
      bodyLeft -= count
      note("piece of \(count)")
      let action = machine.bodyArrived(count)
      if action == .collect { held += count }
      perform(action)
    } else if !isSuspended {
      perform(machine.libraryAsks())
    }
  }

  /// What a handler does, whenever it likes.
  private mutating func handle() {
    let kinds: [Machine.ResponseKind] = [.good, .error, .stream, .refusal]
    switch Int.random(in: 0..<6, using: &random) {
    case 0...2:
      let kind = kinds.randomElement(using: &random)!
      let wasAwaited = machine.isAwaited
      let action = machine.responseGiven(kind)
      let isDropped = action == .drop(warns: true) || action == .drop(warns: false)
      check(!isRefused || isDropped, "a refusal drops later responses")
      check(wasAwaited || isDropped, "a response for nobody is dropped")
      if !isDropped { keptKind = kind }
      perform(action)
    case 3: if chance(3) { refuse() }
    case 4: machine.keepBody()
    default: _ = machine.bodyIsRead()
    }
  }

  private mutating func leave() { perform(machine.clientLeft()) }

  private mutating func end(wasSent: Bool) {
    if !wasSent { leave() }
    perform(machine.end())
  }

  private mutating func refuse() {
    let action = machine.refused()
    check(!isRefused || action == .nothing, "one refusal is enough")
    perform(action)
  }
}

// MARK: - What is done

extension RandomDrive {
  private mutating func perform(_ action: Machine.Action) {
    if action != .nothing { note("\(action)") }
    switch action {
    case .deliver:
      if chance(2) { chooseBody() }
      while !chance(2) { handle() }
      perform(machine.handlerReturned())
    case .refuseHead:
      refuse()
      perform(machine.handlerReturned())
    case .collect:
      check(limit.map { held <= $0 } ?? false, "no more of a body is held than it may have")
      if chance(8) { refuse() }
      perform(machine.pieceTaken(mayGoOn: true))
    case .give:
      handleInside()
      perform(machine.pieceTaken(mayGoOn: !chance(3)))
    case .finishBody:
      handleInside()
      perform(machine.bodyFinished())
    case .refuseBody, .refuseSlow: refuse()
    case .wait: perform(machine.waits(isAwake: !chance(3)))
    case .waitAwake:
      check(!isAwake && !isSuspended, "it waits awake once")
      isAwake = true
    case .suspend(let endsAwake):
      check(!isSuspended && endsAwake == isAwake, "a connection is suspended once")
      isAwake = false
      isSuspended = true
    case .resume(let pause): resume(pause)
    case .queue: queue()
    case .sendPast(let pause):
      respond()
      isClosed = isClosed || pause == .none && bodyLeft == 0
      resume(pause)
    case .replaceResponse:
      isRefused = true
      stops += 1
      keptKind = .refusal
      perform(machine.refusalGiven(.refusal))
    case .sendNoRoom: respond()
    case .cut, .reset: leave()
    case .stopHandler(let pause):
      stops += 1
      if chance(3) { handle() }
      resume(pause)
    case .end: ends += 1
    case .close: isClosed = true
    case .nothing, .sendContinue, .passNoBody, .startBody, .countDropped, .keep, .note, .drop, .lookAgain:
      break
    }
  }

  private mutating func chooseBody() {
    guard machine.body == .undecided || machine.isRequestComplete else { return }
    if chance(2) {
      let limit = Int.random(in: 1...30, using: &random)
      self.limit = limit
      perform(machine.collectBody(limit: limit, declared: chance(2) ? bodyLeft : nil))
    } else {
      perform(machine.streamBody())
    }
  }

  private mutating func handleInside() {
    if chance(2) { handle() }
    if chance(8) { leave() }
  }

  private mutating func resume(_ pause: Machine.Pause) {
    check(pause.isSuspended == isSuspended, "a connection is resumed where it is suspended")
    check((pause == .awake) == isAwake, "waiting awake ends once")
    isSuspended = false
    isAwake = false
  }

  private mutating func queue() {
    guard let kind = keptKind else { return check(false, "there is a response to queue") }
    if chance(10) {
      if kind == .refusal { isRefused = isRefused || machine.isRefused }
      let action = machine.foundNoRoom(for: kind)
      isRefused = isRefused || action == .sendNoRoom
      perform(action)
    } else {
      respond()
    }
  }

  private mutating func respond() {
    responses += 1
    check(responses == 1, "one response is sent")
  }
}
