internal import Budgets
internal import Bytes
internal import CMicroHTTPD

/// The content of a response, written while it is sent. Lives on its server's loop.
///
/// The writer minds ``isFull`` and waits for ``onRoom``: the stream itself takes all it is given.
///
/// libmicrohttpd sends the head, what was written until then, and the mark of the end. In between, where the length is
/// not known beforehand, the connection stays suspended and what is written goes to the socket past the library, framed
/// here (RFC 9112 section 7.1), once a tick of the loop: to resume a connection costs more than a token does, and the more,
/// the more are suspended.
public final class ResponseStream {
  /// From so many buffered bytes on, the writer should pause.
  public static let highWaterMark = 256 * 1024
  /// At so few buffered bytes, a paused writer may go on.
  public static let lowWaterMark = 64 * 1024
  /// So many bytes wait without being counted anywhere: what goes out in the tick in which it came costs no counting.
  static let freeBytes = 16 * 1024

  /// Called when ``isFull`` has been seen true and the buffer is down to the low mark.
  public var onRoom: (() -> Void)?

  private enum End {
    case finished
    case failed
  }

  /// How content of unknown length is framed.
  enum Framing {
    /// HTTP/1.1.
    case chunked
    /// HTTP/1.0: it ends with the connection.
    case none
  }

  private var queue = ByteQueue()
  /// Content that was there from the beginning, and how much of it was sent.
  private var whole: [UInt8] = []
  private var wholeSent = 0
  private var end: End?
  private var wasFull = false
  private var charge = MemoryCharge(freeBytes: ResponseStream.freeBytes)
  /// Whether there was no memory for what waits: then there is room only once little does.
  private var isPressed = false
  /// From ``attach(to:framing:)`` to ``detach()``.
  private var exchange: ServerExchange?
  /// Nil where only libmicrohttpd may send, as it counts what a `Content-Length` has announced.
  private var framing: Framing?
  /// Whether it is to be flushed before the loop sleeps.
  private var needsFlush = false
  /// Whether the socket took less than it was given.
  private var isBlocked = false
  /// Bytes of content that ``queue`` holds with their framing.
  private var framedContent = 0

  /// A stream to be given to one response, and written to before or after that.
  public init() {}

  /// A stream of content that is complete.
  init(of content: [UInt8]) {
    whole = content
    end = .finished
  }

  /// Bytes written and not yet given to the socket.
  public var bufferedBytes: Int { queue.count + whole.count - wholeSent }

  /// Whether what is written is sent: not after ``finish()`` or ``fail()``, nor where nobody gets it.
  public var takesContent: Bool { end == nil && exchange?.hasEnded != true }

  /// Whether the writer should pause until ``onRoom``.
  public var isFull: Bool {
    if queue.count >= ResponseStream.highWaterMark { wasFull = true }
    return wasFull
  }

  /// Adds content. After ``finish()`` or ``fail()``, or when the client has left, it is dropped.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    guard takesContent, !bytes.isEmpty else { return }
    guard isPastLibrary else {
      queue.append(bytes)
      settle()
      return tellLibrary()
    }
    framedContent += bytes.count
    if framing == .chunked { WireFormat.appendChunk(bytes, to: &queue) } else { queue.append(bytes) }
    if isBlocked { settle() } else { setNeedsFlush() }
  }

  /// The same as ``write(_:)-(UnsafeRawBufferPointer)``.
  public func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { write($0) }
  }

  /// The content is complete.
  public func finish() {
    guard end == nil else { return }
    end = .finished
    tellLibrary()
  }

  /// The content will never be complete: once what was written is sent, the connection closes without the mark of
  /// a complete response.
  public func fail() {
    guard end == nil else { return }
    end = .failed
    tellLibrary()
  }

  func attach(to exchange: ServerExchange, framing: Framing?) {
    precondition(self.exchange == nil, "a stream belongs to one response")
    self.exchange = exchange
    self.framing = framing
    settle()
  }

  /// The exchange is over.
  func detach() {
    queue.removeAll()
    whole = []
    wholeSent = 0
    settle()
    exchange = nil
    onRoom = nil
    if end == nil { end = .failed }
  }

  /// Lets nothing more out, after the client has left.
  func discard() {
    // What the socket has taken of a queue that was never empty is known but for the framing of the rest.
    exchange?.noteSent(max(0, framedContent - queue.count))
    framedContent = 0
    queue.removeAll()
    if !whole.isEmpty { end = .failed }
    whole = []
    wholeSent = 0
    settle()
    if end == nil { end = .failed }
    tellLibrary()
  }

  /// Whether what is written goes to the socket, before the loop sleeps.
  private var isPastLibrary: Bool { exchange?.state.sendsPastLibrary == true }

  /// There is content for the library, or the end of it.
  private func tellLibrary() {
    guard let exchange else { return }
    exchange.perform(exchange.state.contentArrived(isFlushed: queue.isEmpty))
  }

  /// `MHD_ContentReaderCallback`: moves what is there to `buffer`, or suspends the connection until there is more.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let exchange else { return cmhd_END_WITH_ERROR }
    exchange.connection.daemon?.noteEvent()
    let count = whole.isEmpty ? queue.take(into: buffer) : takeWhole(into: buffer)
    settle()
    callIfRoom()
    if count > 0 {
      exchange.didSend(count)
      return count
    }
    switch end {
    case .finished:
      exchange.connection.noteSendProgress(0)
      if framing == Framing.none { exchange.connection.closeSoon() }
      return cmhd_END_OF_STREAM
    case .failed:
      exchange.connection.closeSoon()
      return cmhd_END_WITH_ERROR
    case nil:
      let isPastLibrary = framing != nil && exchange.connection.canTellOfRoom
      exchange.perform(exchange.state.contentRunsDry(isPastLibrary: isPastLibrary))
      return 0
    }
  }

  private func takeWhole(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, whole.count - wholeSent)
    buffer.copyBytes(from: whole[wholeSent..<(wholeSent + count)])
    wholeSent += count
    return count
  }

  private func callIfRoom() {
    guard wasFull && queue.count <= (isPressed ? ResponseStream.freeBytes : ResponseStream.lowWaterMark)
    else { return }
    wasFull = false
    isPressed = false
    onRoom?()
  }

  /// Counts what waits, where it is more than little: after what may change that, but not for what is about to go out.
  private func settle() {
    let held = whole.isEmpty ? queue.count : whole.count
    guard held > ResponseStream.freeBytes || charge.bytes > 0, let exchange else { return }
    let counted = held > ResponseStream.freeBytes ? held : 0
    let refusal = charge.settle(
      at: counted, in: exchange.connection.server.unsentLease, for: exchange.account)
    guard refusal != nil else { return }
    isPressed = true
    wasFull = true
  }
}

// MARK: - Past the library

extension ResponseStream {
  private func setNeedsFlush() {
    guard !needsFlush else { return }
    needsFlush = true
    exchange?.connection.server.flushAtEndOfTick(self)
  }

  /// Gives what waits to the socket, by one system call.
  func flush() {
    needsFlush = false
    guard let exchange, exchange.state.sendsPastLibrary, !isBlocked else { return }
    let taken = queue.withBytes { exchange.connection.sendContent($0) }
    queue.removeFirst(taken)
    isBlocked = !queue.isEmpty
    if !isBlocked {
      exchange.noteSent(framedContent)
      framedContent = 0
    }
    settle()
    callIfRoom()
    // `finish` or `fail` may have waited for this.
    if end != nil { tellLibrary() }
  }

  /// After ``ServerConnection/sendContent(_:)`` took fewer bytes than it was given.
  func connectionCanWrite() {
    isBlocked = false
    flush()
  }
}
