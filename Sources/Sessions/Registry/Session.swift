import Access
import Budgets
internal import System

/// A conversation. Belongs to its registry and never leaves the registry's queue.
final class Session {
  /// A turn that waits for its place, or for somebody to listen.
  struct Waiter {
    let ticket: Int
    let request: TurnRequest
    /// Since when it needs a listener and nobody listens to the session.
    var unheardSince: MonotonicTime?
    let continuation: CheckedContinuation<Result<Turn, TurnError>, Never>
  }

  /// A generation that runs, or ended less than the retention ago.
  struct Activity {
    let generation: Generation
    /// The number of the user's message.
    let messageNumber: Int
    var endedAt: MonotonicTime?
    /// Since when nobody has listened, as seen by the sweep, and how often somebody had come until then.
    var unattendedSince: MonotonicTime
    var attendance = 0
    /// Whether its message is stored.
    var standing = Standing.taken
    /// Its begin, while that rests: a turn in one piece, whose end may be stored with it.
    var resting: (ticket: StoreQueue.Ticket, begin: TurnBegin)?
    /// How it ended, where that is known before its message is stored.
    var early: (turn: Turn, outcome: GenerationOutcome)?
    /// Those who wait until its message is stored, or is not.
    var acknowledgements: [CheckedContinuation<Bool, Never>] = []
    /// What of its texts is stored.
    var kept = KeptTexts()
    /// Whether its end is being stored, while it counts as running.
    var isEnding = false
    /// By what key it was asked for.
    var idempotencyKey: IdempotencyKey?

    var isRunning: Bool { endedAt == nil }
    /// What of its texts is stored, where more is to be.
    var keptTexts: KeptTexts? { isRunning && !isEnding && standing == .taken ? kept : nil }
  }

  /// How it stands with the message of a turn.
  enum Standing {
    /// It is being stored: nobody is told of the turn.
    case awaitsStore
    /// It is stored, or nothing is.
    case taken
    /// It was not stored, and the turn has not been.
    case refused
  }

  private(set) var key: SessionKey
  let serial: Int
  private(set) var owner: Principal.ID
  private(set) var createdAt: Timestamp
  var updatedAt: Timestamp
  var usedAt: MonotonicTime

  var messages: [Message] = []
  /// The size of `messages`, in bytes.
  var bytes = 0
  /// How many older ones the store has beside these.
  var olderMessages = 0
  private(set) var lastNumber = 0
  var images = SessionImages()
  /// Those that the store has, whether or not they are in memory.
  var storedImages: Set<ImageDigest> = []
  /// Whether the store has it, or is about to.
  var isStored = false
  /// Changes that are not in the store yet: until they are, the session stays in memory.
  var unwritten = 0
  /// Whether the store may have parts of generations that an earlier process has left: the next turn drops them.
  var mayHaveParts = false
  /// Whether another process may have changed it in the store since it came into memory.
  var isOutdated = false
  /// Whether it is being deleted, whoever has asked for that.
  var isLeaving = false
  /// Whether that takes longer than somebody waits: what it has is there to be read, and nothing begins in it.
  var leavesLater = false
  /// Its last generation, where an earlier process has made it.
  var restored: Generation?
  var title = SessionTitle()

  var activity: Activity?
  var waiting: [Waiter] = []
  /// Whose turn is the last one.
  var lastAuthor: Principal.ID?

  /// Whether it is among those that may be dropped: see ``SessionRegistry/noteRest(of:)``.
  var isResting = false
  /// Its neighbours among the sessions that rest, and among those of its client.
  var links = RecencyLinks()
  var shareLinks = RecencyLinks()
  /// Its place in the share of the client that has made it; nil where that is not bounded.
  var share: ClientHold?

  /// Where it stands among its owner's. Not owned: the run owns it.
  unowned var run: OwnedSessions.Run?

  init(key: SessionKey, serial: Int, owner: Principal.ID, timestamp: Timestamp, now: MonotonicTime) {
    self.key = key
    self.serial = serial
    self.owner = owner
    createdAt = timestamp
    updatedAt = timestamp
    usedAt = now
  }

  var id: SessionID { key.id }

  var isGenerating: Bool { activity?.isRunning == true }

  /// With those that only the store has: the place of the next message.
  var messageCount: Int { olderMessages + messages.count }

  /// Takes over what a store has of it.
  ///
  /// - Parameter author: whose the last turn was.
  func restore(_ loaded: LoadedSession, lastAuthor author: Principal.ID?, images: [ImageDigest]) {
    let stored = loaded.session
    createdAt = stored.createdAt
    updatedAt = stored.updatedAt
    messages = loaded.messages.map(\.message)
    bytes = messages.reduce(0) { $0 + $1.size }
    olderMessages = max(0, stored.messageCount - messages.count)
    lastNumber = max(stored.lastNumber, messages.last?.number ?? 0)
    title = SessionTitle(stored.title, ofMessage: stored.titleNumber)
    lastAuthor = author
    storedImages = Set(images)
    isStored = true
    mayHaveParts = true
  }

  /// From now on it is somebody else's. The caller sees to the tables that have it by its key and by its owner.
  func give(to newOwner: Principal.ID, as newKey: SessionKey) {
    if lastAuthor == owner { lastAuthor = newOwner }
    owner = newOwner
    key = newKey
  }

  /// Whether anything was ever said.
  var wasUsed: Bool { lastNumber > 0 }

  /// Whether nothing was ever said, and nothing waits to be.
  var isUnused: Bool { !wasUsed && !isBusy }

  /// A turn runs or waits, or something is to be stored: the session may not be dropped.
  var isBusy: Bool { isGenerating || !waiting.isEmpty || unwritten > 0 || isLeaving }

  var summary: SessionSummary {
    SessionSummary(
      id: id, owner: owner, createdAt: createdAt, updatedAt: updatedAt, messageCount: messageCount,
      title: title.text, isGenerating: isGenerating)
  }

  @discardableResult
  func append(
    _ author: Message.Author, _ content: String, thinking: String? = nil, images: [ImageDigest] = [],
    at timestamp: Timestamp, usage: GenerationUsage? = nil, state: Message.State = .whole,
    isPending: Bool = false
  ) -> Message {
    lastNumber += 1
    var message = Message(
      number: lastNumber, author: author, content: content, timestamp: timestamp, state: state,
      thinking: thinking,
      images: images, usage: usage)
    message.isPending = isPending
    messages.append(message)
    bytes += message.size
    if message.isFromUser { title.make(of: message) }
    return message
  }
}
