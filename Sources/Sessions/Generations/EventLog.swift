public import Budgets
internal import System

/// The events of one generation, numbered from 1, from the first to the last: whoever comes late or comes back reads
/// on from the last number that they saw.
///
/// One worker appends; any number of subscribers on any worker read. Safe from any thread. The texts lie one after
/// the other in one buffer, bounded in bytes and in number.
public final class EventLog: Sendable {
  /// What became of a text.
  public enum Appended: Equatable, Sendable {
    /// It has this number; a text of nothing has none of its own, and gets the last one.
    case number(Int)
    /// It would not fit. Nothing was appended, and the producer ends the generation.
    case full
    /// The process, or the share of the client, has no memory left for it; otherwise as ``full``.
    case outOfMemory(MemoryRefusal)
    /// The generation has ended.
    case ended
  }

  /// No client has seen an event of a greater number.
  static let largestNumber = 1 << 53

  /// Bytes of all texts together, at most.
  public let maximumBytes: Int
  /// Texts, at most.
  public let maximumEvents: Int
  /// What the log holds counts there, as long as anybody has the log.
  private let budget: MemoryBudget?
  /// The client that has asked for the generation.
  private let account: ClientAccount?

  let state = Lock(EventLogState())

  /// - Parameters:
  ///   - maximumBytes: of all texts together, content and what the model thinks.
  ///   - maximumEvents: of texts; the events that end a generation always fit.
  ///   - budget: where what it holds is counted, but for a little.
  ///   - account: of whose share it is; nil for a client without a bound.
  public init(
    maximumBytes: Int = 8 << 20, maximumEvents: Int = 1_000_000, budget: MemoryBudget? = nil,
    account: ClientAccount? = nil
  ) {
    precondition(maximumBytes > 0 && maximumEvents > 0, "a log must have room")
    self.maximumBytes = maximumBytes
    self.maximumEvents = maximumEvents
    self.budget = budget
    self.account = account
  }

  /// A log of what a store has kept, which has ended. Its bytes are nobody's share.
  ///
  /// - Parameter texts: in their order; with ``RestoredLog/ended(lastNumber:)`` one of each kind at most.
  convenience init(
    restored texts: [(bytes: ArraySlice<UInt8>, kind: TextKind)], _ origin: RestoredLog, end: GenerationEnd
  ) {
    self.init()
    state.withLock { state in
      for text in texts {
        for piece in origin == .interrupted ? [text.bytes] : EventLog.pieces(of: text.bytes)
        where !piece.isEmpty {
          piece.withUnsafeBytes { state.append($0, as: text.kind) }
        }
      }
      state.origin = origin
      state.end = end
    }
  }

  /// Bytes of a text that is told in pieces, each of whole characters.
  private static let pieceBytes = 16 << 10

  private static func pieces(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = text
    while !rest.isEmpty {
      var end = rest.index(rest.startIndex, offsetBy: pieceBytes, limitedBy: rest.endIndex) ?? rest.endIndex
      // Before a byte that goes on with a character; one has four at most.
      for _ in 1...3 where end < rest.endIndex && rest[end] & 0xC0 == 0x80 { end -= 1 }
      pieces.append(rest[..<end])
      rest = rest[end...]
    }
    return pieces
  }

  /// Appends a text, whole UTF-8 characters, and wakes the subscribers: those of the caller's own loop before it
  /// returns, the others through their loops.
  @discardableResult
  public func append(_ text: UnsafeRawBufferPointer, as kind: TextKind = .content) -> Appended {
    let (appended, wakes) = state.withLock { state -> (Appended, Wakes) in
      guard state.end == nil else { return (.ended, Wakes()) }
      guard !text.isEmpty else { return (.number(state.textEnds.count), Wakes()) }
      let isRoom = text.count <= maximumBytes - state.bytes.count && state.textEnds.count < maximumEvents
      guard isRoom else { return (.full, Wakes()) }
      if let refusal = state.hold(for: text.count, of: budget, account) {
        return (.outOfMemory(refusal), Wakes())
      }
      state.append(text, as: kind)
      return (.number(state.textEnds.count), state.takeWakes())
    }
    wakes.fire()
    return appended
  }

  /// Tells the subscribers where the generation stands that waits for a server; nil once it has one. What has been told before is
  /// forgotten.
  public func stand(_ wait: GenerationWait?) {
    let wakes = state.withLock { state -> Wakes in
      state.stand(wait)
      return wait == nil || state.lastNumber > 0 ? Wakes() : state.takeWakes()
    }
    wakes.fire()
  }

  /// Appends the last event, with the `done` marker before it unless the generation failed. False when the log has
  /// ended before.
  @discardableResult
  public func end(_ end: GenerationEnd) -> Bool {
    let wakes = state.withLock { state -> Wakes? in
      guard state.end == nil else { return nil }
      state.end = end
      return state.takeWakes()
    }
    wakes?.fire()
    return wakes != nil
  }

  /// Whether the last event is there.
  public var hasEnded: Bool { state.withLock { $0.end != nil } }

  /// The last event; nil while the generation runs.
  public var ending: GenerationEnd? { state.withLock { $0.end } }

  /// The number of the last event so far; 0 when there is none.
  public var lastNumber: Int { state.withLock { $0.lastNumber } }

  /// The content so far: a copy of all of it, up to ``maximumBytes``, made under the lock.
  public var fullText: String { state.withLock { $0.text(.content) } }

  /// What the model has thought so far; empty where it does not think.
  public var thinkingText: String { state.withLock { $0.text(.thinking) } }

  /// The content up to an event; nil where it has more than `limit` bytes.
  public func content(through number: Int, atMost limit: Int) -> [UInt8]? {
    state.withLock { $0.content(through: number, atMost: limit) }
  }

  /// Lends a copy of a part of all texts of one kind so far, of `limit` bytes at most; nothing at their end.
  public func withText<Result>(
    of kind: TextKind, from start: Int, atMost limit: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    state.withLock { $0.part(of: kind, from: max(0, start), atMost: max(0, limit)) }.withUnsafeBytes(body)
  }

  /// The texts behind one, for a store: those that have `limit` bytes together, or the first of them.
  ///
  /// - Returns: false where there is none.
  func read(after number: Int, atMost limit: Int, into text: inout KeptText) -> Bool {
    state.withLock { $0.read(after: number, atMost: limit, into: &text) }
  }

  /// What the model has thought so far, in bytes.
  public var thinkingBytes: Int { state.withLock { $0.thinkingBytes } }

  /// The content so far, in bytes.
  public var textBytes: Int { state.withLock { $0.bytes.count - $0.thinkingBytes } }

  /// How many listen now.
  public var subscriberCount: Int { state.withLock { $0.subscribers.count } }
}
