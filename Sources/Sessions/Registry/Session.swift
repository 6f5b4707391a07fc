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

    var isRunning: Bool { endedAt == nil }
  }

  let key: SessionKey
  let serial: Int
  let owner: Principal.ID
  let createdAt: Timestamp
  var updatedAt: Timestamp
  var usedAt: MonotonicTime

  var messages: [Message] = []
  /// The size of `messages`, in bytes.
  var bytes = 0
  private var lastNumber = 0
  var images = SessionImages()
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

  /// Whether anything was ever said.
  var wasUsed: Bool { lastNumber > 0 }

  /// Whether nothing was ever said, and nothing waits to be.
  var isUnused: Bool { !wasUsed && !isBusy }

  /// A turn runs or waits: the session may not be dropped.
  var isBusy: Bool { isGenerating || !waiting.isEmpty }

  var summary: SessionSummary {
    SessionSummary(
      id: id, owner: owner, createdAt: createdAt, updatedAt: updatedAt, messageCount: messages.count,
      title: title.text, isGenerating: isGenerating)
  }

  @discardableResult
  func append(
    _ author: Message.Author, _ content: String, thinking: String? = nil, images: [ImageDigest] = [],
    at timestamp: Timestamp, usage: GenerationUsage? = nil
  ) -> Message {
    lastNumber += 1
    let message = Message(
      number: lastNumber, author: author, content: content, timestamp: timestamp, thinking: thinking,
      images: images, usage: usage)
    messages.append(message)
    bytes += message.size
    if message.isFromUser { title.make(of: message) }
    return message
  }
}
