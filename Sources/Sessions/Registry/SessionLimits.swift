public import Budgets

/// The bounds of the registry. All of it lives in memory, so all of it has one.
public struct SessionLimits: Sendable {
  /// How many sessions there may be; beyond that, the least recently used idle one goes.
  public var sessions: Int
  /// How long a session must have been unused before it makes room for another of a client that has its share.
  public var rest = Duration.seconds(60)
  /// Bytes of all sessions together; beyond that, the least recently used idle ones go.
  public var totalBytes: Int
  /// Bytes of one session's history; beyond that, its oldest messages go.
  public var sessionBytes = 4 << 20
  /// Messages of one session; beyond that, its oldest ones go.
  public var sessionMessages = 1000
  /// How long a session is kept after its last message.
  public var timeToLive: Duration

  /// Bytes of one session's images; beyond that, those go that were not used for the longest time. The bytes are
  /// also the bound of what goes along with a turn.
  public var imageBytes = Self.imageBytes
  /// Images of one session; beyond that, those go that were not used for the longest time.
  public var images = 256
  /// Messages whose images go along with a turn, its own among them.
  public var imageMessages = 4

  /// Turns that may wait in one session while another runs.
  public var waitingTurns = 16
  /// Earlier messages that go along with a new one.
  public var contextMessages: Int
  /// Bytes of those.
  public var contextBytes: Int

  /// How long a generation goes on, and a listener's turn waits, when nobody listens.
  public var grace: Duration
  /// How long a generation goes on when nobody listens and another turn of its session waits, at most.
  public var patience = Duration.seconds(5)
  /// How long the last generation of a session can be read after its end.
  public var retention: Duration
  /// Bytes of text in one generation.
  public var logBytes = 8 << 20
  /// Chunks in one generation.
  public var logEvents = 1_000_000

  /// Where the texts of generations and the turns that wait are counted; they outlive their sessions where somebody still
  /// reads them. Nil: nowhere.
  public var memory: MemoryBudget?
  /// Where images are counted that a store brings back. Nil: nowhere.
  public var imageMemory: MemoryBudget?

  /// Bytes of one session's images, where nothing else is said.
  public static let imageBytes = 32 << 20

  /// What an operator may set, or others know as well, has no default here.
  public init(
    sessions: Int, totalBytes: Int, timeToLive: Duration, contextMessages: Int, contextBytes: Int,
    grace: Duration, retention: Duration
  ) {
    self.sessions = sessions
    self.totalBytes = totalBytes
    self.timeToLive = timeToLive
    self.contextMessages = contextMessages
    self.contextBytes = contextBytes
    self.grace = grace
    self.retention = retention
  }
}
