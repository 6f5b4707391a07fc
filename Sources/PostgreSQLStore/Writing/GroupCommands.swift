internal import Sessions

/// What a server is told for the writes of a group. What turns write goes as rows of one statement for all turns that begin and one for
/// all that end: each statement costs the server about as much as three rows do. A turn alone is told change by change: at rest, when the
/// server's memory of its own code has gone, small statements cost least.
///
/// Writes that touch the same session or the same generation are done one after the other; the others have no order.
struct GroupCommands {
  /// From so many bytes on, rows go before more come to them.
  private static let sizeLimit = 1 << 20

  private(set) var commands: [Command] = []
  /// Which of them brings the bytes of the store as they are after all; nil for none.
  private(set) var bytesCommand: Int?
  private var begins: [TurnWrite] = []
  private var ends: [TurnWrite] = []
  /// Bytes of their values.
  private var size = 0
  /// What the rows touch: a statement takes nothing twice.
  private var sessions: Set<StoreKey> = []
  private var generations: Set<String> = []
  /// What touches no table that the rows go to.
  private var apart: [Command] = []

  init(_ group: [StoreWrite]) {
    for write in group { add(write) }
    flush()
    if group.count == 1, case .prepared(let statement, _)? = commands.dropFirst().first,
      TurnWrite(group[0]) != nil, statement.name == WriteStatements.putMessage.name
    {
      bytesCommand = 1
    }
  }

  private mutating func add(_ write: StoreWrite) {
    guard let turn = TurnWrite(write) else {
      if write.changes.allSatisfy(\.isApart) {
        apart += write.changes.flatMap(\.commands)
      } else {
        flush()
        commands += write.changes.flatMap(\.commands)
      }
      return
    }
    if sessions.contains(turn.session) || generations.contains(turn.generation) { flush() }
    sessions.insert(turn.session)
    generations.insert(turn.generation)
    switch turn.kind {
    case .begin: begins.append(turn)
    case .end: ends.append(turn)
    }
    size += turn.row.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
    if size > GroupCommands.sizeLimit { flush() }
  }

  /// Puts what was gathered behind the other commands.
  private mutating func flush() {
    for (turns, statement) in [(begins, WriteStatements.beginTurns), (ends, WriteStatements.endTurns)] {
      if turns.count == 1 { commands += turns[0].changes.flatMap(\.commands) }
      if turns.count > 1 { commands += [statement.command(turns.map(\.row))] + turns.flatMap(\.apart) }
    }
    commands += apart
    (begins, ends, apart, sessions, generations, size) = ([], [], [], [], [], 0)
  }
}

/// A write as a turn makes it, and most are: that it begins, or that it ends.
private struct TurnWrite {
  enum Kind {
    /// A session, the user's message, a generation that runs.
    case begin
    /// The session, the model's message or what has become of the user's, the generation's end.
    case end
  }

  let kind: Kind
  let session: StoreKey
  let generation: String
  let changes: [StoreChange]
  /// The columns of the kind's statement.
  let row: [Parameter]
  /// What no column has.
  let apart: [Command]

  /// - Returns: nil for any other write.
  init?(_ write: StoreWrite) {
    var found: (kind: Kind, session: StoredSession)?
    var message: [Parameter]?
    var generation: (kind: Kind, id: String, row: [Parameter])?
    var apart: [Command] = []
    for change in write.changes {
      switch change {
      case .putSession(let session) where found == nil: found = (.begin, session)
      case .updateSession(let session) where found == nil: found = (.end, session)
      case .putMessage(let put, let key) where message == nil && key == found?.session.key:
        message = put.parameters
      case .putGeneration(let put) where generation == nil && put.session == found?.session.key:
        generation = (.begin, put.id, put.parametersWithoutSession)
      case .endGeneration(let id, let end) where generation == nil:
        generation = (.end, id, [Parameter(id)] + end.parameters)
      case _ where change.isApart: apart += change.commands
      default: return nil
      }
    }
    guard let found, let message, let generation, found.kind == generation.kind else { return nil }
    kind = found.kind
    session = found.session.key
    self.generation = generation.id
    row = found.session.parameters + message + generation.row
    self.apart = apart
    changes = write.changes
  }
}

extension StoreChange {
  /// Whether it touches no table of sessions, messages, generations and their parts: when it is done among changes that do is all the same.
  fileprivate var isApart: Bool {
    switch self {
    case .putCheckpoint, .dropCheckpoints, .dropEarlierCheckpoints, .putIdempotentRequest,
      .dropIdempotentRequest,
      .dropIdempotentRequests, .addUsage, .dropUsage, .dropUsageEntries, .dropCounters, .dropOldCounters:
      true
    default: false
    }
  }
}
