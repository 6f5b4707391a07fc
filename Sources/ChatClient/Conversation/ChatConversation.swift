/// The chat of one session as the command line has it, without sockets: what happens goes in, what is to be done comes
/// out.
///
/// One message is under way at a time; lines that are typed meanwhile wait. When the connection breaks, the generation is
/// resumed after the last event that was seen. Where the gateway cannot resume it any more, its rest is looked up in the
/// session's history: what was printed is neither printed again nor left incomplete without a word.
struct ChatConversation {
  /// What was typed, in its order.
  enum Entry: Equatable {
    case message(String)
    case history
    case clear
  }

  /// What was sent and waits for its effect: a message for its generation to begin, a command for what it gets.
  struct Sent: Equatable {
    let entry: Entry
    /// Whether the gateway has confirmed the message.
    var isReceived = false
  }

  enum Link {
    case offline
    /// Connected, and the gateway has not said yet to what.
    case joining
    case online
  }

  /// What is asked after the connection was lost. Until that is settled, nothing of a stream counts.
  enum Recovery: Equatable {
    case none
    /// For `resumed`.
    case resuming
    /// For `history`, to find what can no longer be resumed. Then comes this generation, if there is one.
    case searching(next: String?)
  }

  /// The session; nil until the gateway has named it.
  private(set) var session: String?
  let model: String?
  /// Whether somebody sits at a terminal: Ctrl-D then ends the program at once.
  let isInteractive: Bool

  var link = Link.offline
  var recovery = Recovery.none
  var queue: [Entry] = []
  var sent: Sent?
  var printed: PrintedGeneration?
  var isStopWanted = false
  /// The latest of the gateway's own times that was heard. ISO 8601 sorts as text.
  var gatewayTime = ""
  /// The generation in flight when the session was joined.
  var joinedGeneration: String?
  /// Where a gap in the numbers was found and asked for: once is enough.
  var lastGap: Int?

  /// Whether a turn of this side was whole, and whether one failed.
  private(set) var hasWholeTurn = false
  private(set) var hasFailedTurn = false

  private var hasJoined = false
  private var isInputOver = false
  private var hasEnded = false
  private var backOff = ChatBackOff()
  var actions: [ChatAction] = []

  init(session: String?, model: String?, isInteractive: Bool) {
    self.session = session
    self.model = model
    self.isInteractive = isInteractive
  }

  /// Whether nothing is under way.
  var isIdle: Bool { queue.isEmpty && sent == nil && printed == nil && recovery == .none }

  /// Hands out what is to be done, in this order.
  private mutating func takeActions() -> [ChatAction] {
    defer { actions = [] }
    return actions
  }

  mutating func send(_ message: ChatClientMessage) { actions.append(.send(message.bytes)) }

  // MARK: What happens

  mutating func start() -> [ChatAction] {
    actions.append(.connect(after: .zero))
    return takeActions()
  }

  /// The WebSocket is open.
  mutating func connected() -> [ChatAction] {
    link = .joining
    return takeActions()
  }

  /// The connection has ended, or there was none to be had.
  mutating func disconnected(_ end: ChatLinkError) -> [ChatAction] {
    guard !hasEnded else { return [] }
    link = .offline
    recovery = .none
    guard hasJoined else {
      actions.append(.complain("cannot reach the gateway: \(end.reason)"))
      exit(1)
      return takeActions()
    }
    guard !end.isFinal, let delay = backOff.next() else {
      endLine()
      actions.append(.complain("the connection is lost: \(end.reason)"))
      exit(1)
      return takeActions()
    }
    if backOff.isLasting { actions.append(.note("no connection: \(end.reason)")) }
    // Its owner comes up to a quarter earlier, and not before that time.
    actions.append(.connect(after: max(delay, (end.retryAfter ?? .zero) * 4 / 3)))
    return takeActions()
  }

  mutating func received(_ message: ChatServerMessage) -> [ChatAction] {
    guard !hasEnded else { return [] }
    if case .connection(let session, let generation) = message {
      join(session, generation)
    } else if link == .online {
      handle(message)
    }
    goOn()
    return takeActions()
  }

  mutating func typed(_ line: String) -> [ChatAction] {
    guard !hasEnded else { return [] }
    take(line)
    goOn()
    return takeActions()
  }

  /// Nothing more will be typed.
  mutating func inputEnded() -> [ChatAction] {
    guard !hasEnded else { return [] }
    isInputOver = true
    if isInteractive {
      actions.append(.print([UInt8(ascii: "\n")]))
      exit(0)
    } else {
      goOn()
    }
    return takeActions()
  }

  // MARK: What follows

  private mutating func join(_ name: String, _ generation: String?) {
    link = .online
    backOff.connected()
    session = name
    joinedGeneration = generation
    if !hasJoined {
      hasJoined = true
      actions.append(.note("Session \(name). /history, /clear, /stop; Ctrl-D ends."))
      send(.ping)
      if isInteractive && generation == nil && queue.isEmpty { actions.append(.prompt) }
    }
    recover()
  }

  /// Something came of the connection that another one would not bring again: the next loss is a new one.
  mutating func noteProgress() { backOff.progressed() }

  /// A question of this side has come to its end.
  mutating func noteTurn(isWhole: Bool) {
    if isWhole { hasWholeTurn = true } else { hasFailedTurn = true }
  }

  /// Sends the next of the lines that wait, or ends when all is done.
  private mutating func goOn() {
    guard link == .online, !hasEnded else { return }
    if !queue.isEmpty, sent == nil, printed == nil, recovery == .none {
      let entry = queue.removeFirst()
      actions.append(.lineTaken)
      sent = Sent(entry: entry)
      give(entry)
    }
    // Where none of this side's turns was whole, a script shall notice.
    if isInputOver && isIdle { exit(hasFailedTurn && !hasWholeTurn ? 1 : 0) }
  }

  mutating func give(_ entry: Entry) {
    switch entry {
    case .message(let text): send(.chat(text, model: model))
    case .history: send(.history)
    case .clear: send(.clearHistory)
    }
  }

  /// Ends the line that a thought has left open.
  mutating func endThinking() {
    guard printed?.thinksWithinLine == true else { return }
    printed?.thinksWithinLine = false
    actions.append(.think([UInt8(ascii: "\n")]))
  }

  /// Ends the line that a generation has left open.
  mutating func endLine() {
    endThinking()
    if printed?.endsWithinLine == true { actions.append(.print([UInt8(ascii: "\n")])) }
  }

  /// What was under way is over.
  mutating func prompt() {
    if isInteractive && isIdle { actions.append(.prompt) }
  }

  mutating func exit(_ code: Int32) {
    hasEnded = true
    actions.append(.exit(code))
  }
}
