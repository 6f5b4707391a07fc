import Testing

@testable import HTTPServer

/// What follows from each event in each state, without a socket.
@Suite struct ExchangeTableTests {
  typealias Machine = ExchangeStateMachine

  /// Where an exchange stands.
  enum Situation: String, CaseIterable, Sendable {
    case collecting, streaming, paused, ignoring, kept, handling, awake, sending, dry, dryPast, dropping
    case upgraded, left, ended, cutOff

    var machine: Machine {
      var machine = Machine(hasBody: true, isChunked: false, expectsContinue: false)
      _ = machine.headArrived(isSound: true)
      switch self {
      case .collecting: _ = machine.collectBody(limit: 100, declared: nil)
      case .streaming, .paused: _ = machine.streamBody()
      default: break
      }
      _ = machine.handlerReturned()
      for event in steps { _ = event.happen(to: &machine) }
      return machine
    }

    /// From a request without a reader of its body on.
    private var steps: [Event] {
      switch self {
      case .collecting, .streaming, .ignoring: []
      case .paused: [.pieceAndPause]
      case .kept: [.response]
      case .handling: [.asks, .waitsSuspended]
      case .awake: [.asks, .waitsAwake]
      case .sending: [.response, .asks]
      case .dry: [.response, .asks, .dryInLibrary]
      case .dryPast: [.response, .asks, .dryPast]
      case .dropping: [.error]
      case .upgraded: [.response, .asks, .upgrade]
      case .left: [.leaves]
      case .ended: [.response, .asks, .end]
      case .cutOff: [.leaves, .end]
      }
    }
  }

  enum Event: Sendable {
    case response, error, refusal, piece, pieceAndPause, asks, slow, inTime, leaves, end
    case dryInLibrary, dryPast, content, flushed, resumeBody, waitsSuspended, waitsAwake, upgrade

    func happen(to machine: inout Machine) -> Machine.Action {
      switch self {
      case .response: return machine.responseGiven(.good)
      case .error: return machine.responseGiven(.error)
      case .refusal: return machine.refused()
      case .piece: return machine.bodyArrived(10)
      case .pieceAndPause:
        _ = machine.bodyArrived(10)
        return machine.pieceTaken(mayGoOn: false)
      case .asks: return machine.libraryAsks()
      case .slow: return machine.timeIsUp(isTooSlow: true)
      case .inTime: return machine.timeIsUp(isTooSlow: false)
      case .leaves: return machine.clientLeft()
      case .end: return machine.end()
      case .dryInLibrary: return machine.contentRunsDry(isPastLibrary: false)
      case .dryPast: return machine.contentRunsDry(isPastLibrary: true)
      case .content: return machine.contentArrived(isFlushed: false)
      case .flushed: return machine.contentArrived(isFlushed: true)
      case .resumeBody: return machine.resumeBody()
      case .waitsSuspended: return machine.waits(isAwake: false)
      case .waitsAwake: return machine.waits(isAwake: true)
      case .upgrade:
        machine.handedOver()
        return .nothing
      }
    }
  }

  /// The columns of ``table``.
  private static let events: [Event] = [
    .response, .error, .refusal, .piece, .asks, .slow, .inTime, .leaves, .end, .content, .flushed,
    .resumeBody,
    .dryPast,
  ]

  private static let table = """
                response  error    refusal  piece    asks    slow   inTime  leaves  end  content  flushed  resumeBody  dry
    collecting  keep      early    replace  collect  finish  408    look    stop    end  -        -        -           -
    streaming   keep      early    replace  give     finish  408    look    stop    end  -        -        -           -
    paused      keep      early    replace  give     finish  408    look    stop    end  -        -        resume      -
    ignoring    keep      early    replace  -        wait    408    look    stop    end  -        -        -           -
    kept        warn      warn     replace  -        queue   408    look    stop    end  -        -        -           -
    handling    resume    resume   replace  -        wait    -      -       stop    end  -        -        -           -
    awake       resume    resume   replace  -        wait    -      -       stop    end  -        -        -           -
    sending     warn      warn     cut      -        close   reset  look    stop    end  -        -        -           suspend
    dry         warn      warn     cut      -        close   reset  look    stop    end  resume   resume   -           -
    dryPast     warn      warn     cut      -        close   reset  look    stop    end  -        resume   -           -
    dropping    warn      warn     -        count    close   cut    cut     -       end  -        -        -           -
    upgraded    warn      warn     cut      -        close   -      -       -       end  -        -        -           -
    left        note      note     -        close    close   -      -       -       end  -        -        -           -
    ended       drop      drop     -        close    close   -      -       -       -    -        -        -           -
    cutOff      drop      drop     -        close    close   -      -       -       -    -        -        -           -
    """

  @Test(arguments: Situation.allCases) func whatFollows(_ situation: Situation) throws {
    let rows = Self.table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let row = try #require(rows.first { $0.first == situation.rawValue })
    let found = Self.events.map { event in
      var machine = situation.machine
      return Self.name(of: event.happen(to: &machine))
    }
    #expect(found == Array(row.dropFirst()))
  }

  private static func name(of action: Machine.Action) -> String {
    switch action {
    case .nothing: "-"
    case .close: "close"
    case .deliver: "deliver"
    case .refuseHead: "refuseHead"
    case .sendContinue: "continue"
    case .collect: "collect"
    case .give: "give"
    case .countDropped: "count"
    case .refuseBody: "413"
    case .finishBody: "finish"
    case .passNoBody: "passNoBody"
    case .startBody: "startBody"
    case .wait: "wait"
    case .waitAwake: "waitAwake"
    case .suspend: "suspend"
    case .resume: "resume"
    case .keep: "keep"
    case .note: "note"
    case .drop(let warns): warns ? "warn" : "drop"
    case .queue: "queue"
    case .sendPast: "early"
    case .replaceResponse: "replace"
    case .sendNoRoom: "502"
    case .refuseSlow: "408"
    case .lookAgain: "look"
    case .cut: "cut"
    case .reset: "reset"
    case .stopHandler: "stop"
    case .end: "end"
    }
  }
}

extension ExchangeStateMachine.ResponseKind {
  static let good = Self(isError: false, isWhole: true, closesConnection: false)
  static let error = Self(isError: true, isWhole: true, closesConnection: false)
  static let stream = Self(isError: false, isWhole: false, closesConnection: false)
  static let refusal = Self(isError: true, isWhole: true, closesConnection: true)
}
