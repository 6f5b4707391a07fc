/// Encoded frames that wait for their socket: one piece of memory, for one system call.
///
/// Once it is empty it keeps at most ``keptBytes``.
public struct SendQueue: Sendable {
  /// In bytes that wait.
  public struct Marks: Sendable {
    /// Where a queue that was congested takes more again.
    public var low = 64 * 1024
    /// Over it the queue is congested: whoever fills it should wait.
    public var high = 256 * 1024
    /// What a message may not go over, unless it is the only one that waits.
    public var bound = 1024 * 1024

    /// The marks as they stand here.
    public init() {}
  }

  /// The most memory that an empty queue holds on to, enough for the frame of a token.
  public static let keptBytes = 208
  /// What is asked for at first: the allocator rounds up.
  private static let firstBytes = 192

  /// The bounds of the queue.
  public let marks: Marks
  /// Whether ``count`` has risen over the high mark and not yet come down to the low one.
  public private(set) var isCongested = false

  private var bytes: [UInt8] = []
  /// Bytes at the front that the socket took.
  private var sent = 0
  /// Where a frame begins, at or before `sent`.
  private var frameStart = 0

  /// An empty one, which has no memory.
  public init(marks: Marks = Marks()) {
    precondition(marks.low <= marks.high && marks.high <= marks.bound, "the marks rise")
    self.marks = marks
  }

  /// The bytes that wait.
  public var count: Int { bytes.count - sent }
  /// Whether nothing waits.
  public var isEmpty: Bool { count == 0 }
  /// How much memory it holds, in bytes, beside the structure itself.
  public var heldBytes: Int { bytes.capacity }

  /// Whether a message of this many bytes, with its header, would be taken.
  public func takes(_ length: Int) -> Bool { isEmpty || count + length <= marks.bound }

  /// Queues what `encode` appends, which must be whole frames, if it is not over the bound.
  ///
  /// - Returns: whether it was queued.
  public mutating func append<Failure: Error>(
    _ encode: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    let end = bytes.count
    try appendUnbounded(encode)
    guard end == sent || count <= marks.bound else {
      bytes.removeLast(bytes.count - end)
      return false
    }
    if count > marks.high { isCongested = true }
    return true
  }

  /// Queues control frames, which are few and small and have to go out.
  mutating func appendUnbounded<Failure: Error>(
    _ encode: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    if bytes.capacity == 0 { bytes.reserveCapacity(Self.firstBytes) }
    let end = bytes.count
    do {
      try encode(&bytes)
    } catch {
      bytes.removeLast(bytes.count - end)
      throw error
    }
    precondition(bytes.count >= end, "frames are appended")
  }

  /// Lends all that waits, in one piece.
  public func withPending<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in
      try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[sent...]))
    }
  }

  /// The socket took the first `length` bytes of what waits.
  ///
  /// - Returns: whether this ended a congestion.
  @discardableResult
  public mutating func consume(_ length: Int) -> Bool {
    precondition(length >= 0 && length <= count, "only what waits is sent")
    sent += length
    if sent == bytes.count { reset() } else { compact() }
    guard isCongested, count <= marks.low else { return false }
    isCongested = false
    return true
  }

  /// Drops the frames of which nothing was sent yet. The one that was begun stays: without its rest the peer could
  /// read nothing that follows. The memory of the others is given back.
  public mutating func dropUnsentFrames() {
    findFrameStart()
    guard frameStart < sent else { return removeAll() }
    let end = frameStart + Self.frameBytes(bytes[frameStart...])
    // An array made of a slice of an array may keep all of its memory.
    bytes = bytes.withUnsafeBytes { Array($0[frameStart..<end]) }
    sent -= frameStart
    frameStart = 0
    if count <= marks.low { isCongested = false }
  }

  /// Drops everything.
  public mutating func removeAll() {
    reset()
    isCongested = false
  }

  /// Nothing waits any more.
  private mutating func reset() {
    if bytes.capacity > Self.keptBytes {
      bytes = []
    } else {
      bytes.removeAll(keepingCapacity: true)
    }
    (sent, frameStart) = (0, 0)
  }
}

// MARK: - Frames in the queue

extension SendQueue {
  /// Gives up the room of frames that are sent once it is more than the rest: each byte is moved at most once.
  private mutating func compact() {
    guard sent > bytes.count / 2 else { return }
    findFrameStart()
    guard frameStart > bytes.count / 2 else { return }
    bytes.removeSubrange(..<frameStart)
    sent -= frameStart
    frameStart = 0
  }

  /// Moves `frameStart` on to the frame that is being sent.
  private mutating func findFrameStart() {
    while frameStart < sent {
      let next = frameStart + Self.frameBytes(bytes[frameStart...])
      guard next <= sent else { return }
      frameStart = next
    }
  }

  /// The length of the frame at the start of `bytes`, header and payload.
  private static func frameBytes(_ bytes: ArraySlice<UInt8>) -> Int {
    let start = bytes.startIndex
    let short = bytes[start + 1] & FrameHeader.Bits.length
    let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
    let length =
      lengthBytes == 0
      ? Int(short) : bytes[(start + 2)..<(start + 2 + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
    let maskBytes = bytes[start + 1] & FrameHeader.Bits.masked == 0 ? 0 : 4
    return 2 + lengthBytes + maskBytes + length
  }
}
