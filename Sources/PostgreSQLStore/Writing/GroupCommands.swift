internal import Sessions

/// What a server is told for the writes of a group. What turns write goes as rows of one statement for all turns that begin, one for
/// all that end, and one for all that do both at once: each statement costs the server about as much as three rows do. A turn alone is told change by change: at rest, when the
/// server's memory of its own code has gone, small statements cost least.
///
/// Writes that touch the same session or the same generation are done one after the other; the others have no order.
struct GroupCommands {
  /// From so many bytes on, rows go before more come to them.
  private static let sizeLimit = 1 << 20

  private static let bringBytes = Set(
    TurnWrite.Kind.allCases.map(\.statement.statement.name) + [WriteStatements.putMessage.name])

  private(set) var commands: [Command] = []
  /// Which of them brings the bytes of the store as they are after all; nil for none.
  private(set) var bytesCommand: Int?
  private var turns: [TurnWrite] = []
  /// Bytes of their values.
  private var size = 0
  /// What the rows touch: a statement takes nothing twice.
  private var sessions: Set<StoreKey> = []
  private var generations: Set<String> = []
  /// What touches no table that the rows go to.
  private var apart: [Command] = []
  /// Whether nothing else changes the bytes.
  private var bringsBytes = true

  init(_ group: [StoreWrite]) {
    for write in group { add(write) }
    flush()
    if !bringsBytes { bytesCommand = nil }
  }

  private mutating func add(_ write: StoreWrite) {
    guard let turn = TurnWrite(write) else {
      if write.changes.allSatisfy(\.isApart) {
        apart += write.changes.flatMap(\.commands)
      } else {
        flush()
        commands += write.changes.flatMap(\.commands)
        bringsBytes = false
      }
      return
    }
    if sessions.contains(turn.session) || generations.contains(turn.generation) { flush() }
    sessions.insert(turn.session)
    generations.insert(turn.generation)
    turns.append(turn)
    size += turn.row.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
    if size > GroupCommands.sizeLimit { flush() }
  }

  /// Puts what was gathered behind the other commands.
  private mutating func flush() {
    for kind in TurnWrite.Kind.allCases {
      let turns = turns.filter { $0.kind == kind }
      if turns.count == 1 { add(turns[0].changes.flatMap(\.commands)) }
      if turns.count > 1 { add([kind.statement.command(turns.map(\.row))] + turns.flatMap(\.apart)) }
    }
    commands += apart
    (turns, apart, sessions, generations, size) = ([], [], [], [], 0)
  }

  /// Adds what turns write, with the place of what brings the store's bytes.
  private mutating func add(_ new: [Command]) {
    let place = new.lastIndex { command in
      if case .prepared(let statement, _) = command {
        GroupCommands.bringBytes.contains(statement.name)
      } else {
        false
      }
    }
    if let place { bytesCommand = commands.count + place }
    commands += new
  }
}

/// A write as a turn makes it, and most are: that it begins, that it ends, or both at once.
private struct TurnWrite {
  enum Kind: CaseIterable {
    /// A session, the user's message, a generation that runs. Of one that is changed and not put it is refused where it is not there.
    case begin
    /// The session, the model's message or what has become of the user's, the generation's end.
    case end
    /// A session, the user's and the model's message, a generation that has ended.
    case whole

    var statement: RowStatement {
      switch self {
      case .begin: WriteStatements.beginTurns
      case .end: WriteStatements.endTurns
      case .whole: WriteStatements.wholeTurns
      }
    }
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
    var found: (isPut: Bool, session: StoredSession)?
    var messages: [StoredMessage] = []
    var generation: (kind: Kind, id: String, row: [Parameter])?
    var apart: [Command] = []
    for change in write.changes {
      switch change {
      case .putSession(let session) where found == nil: found = (true, session)
      case .updateSession(let session) where found == nil: found = (false, session)
      case .putMessage(let put, let key) where key == found?.session.key: messages.append(put)
      case .putGeneration(let put) where generation == nil && put.session == found?.session.key:
        generation = (put.end == nil ? .begin : .whole, put.id, put.parametersWithoutSession)
      case .endGeneration(let id, let end) where generation == nil:
        generation = (.end, id, [Parameter(id)] + end.parameters)
      case _ where change.isApart: apart += change.commands
      default: return nil
      }
    }
    guard let found, let message = messages.first, let generation else { return nil }
    switch (generation.kind, messages.count) {
    case (.begin, 1): break
    case (.end, 1) where !found.isPut: break
    case (.whole, 2) where messages[0].place != messages[1].place: break
    default: return nil
    }
    kind = generation.kind
    session = found.session.key
    self.generation = generation.id
    row =
      found.session.parameters + message.parameters + generation.row
      + messages.dropFirst().flatMap(\.parameters) + (kind == .end ? [] : [Parameter(found.isPut ? 1 : 0)])
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
