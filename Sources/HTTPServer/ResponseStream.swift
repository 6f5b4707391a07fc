internal import CMicroHTTPD

/// The content of a response, written while it is sent. Lives on its server's loop.
///
/// The writer minds ``isFull`` and waits for ``onRoom``: the stream itself takes all it is given.
public final class ResponseStream {
  /// From so many buffered bytes on, the writer should pause.
  public static let highWaterMark = 256 * 1024
  /// At so few buffered bytes, a paused writer may go on.
  public static let lowWaterMark = 64 * 1024

  /// Called when ``isFull`` has been seen true and the buffer is down to the low mark.
  public var onRoom: (() -> Void)?

  private enum End {
    case finished
    case failed
  }

  private var queue = ByteQueue()
  private var end: End?
  private var wasFull = false
  private var isSuspended = false
  private weak var exchange: ServerExchange?

  public init() {}

  /// Bytes written and not yet given to the socket.
  public var bufferedBytes: Int { queue.count }

  /// Whether the writer should pause until ``onRoom``.
  public var isFull: Bool {
    if queue.count >= ResponseStream.highWaterMark { wasFull = true }
    return wasFull
  }

  /// Adds content. After ``finish()`` or ``fail()``, or when the client has left, it is dropped.
  public func write(_ bytes: UnsafeRawBufferPointer) {
    guard end == nil, exchange?.hasEnded != true else { return }
    queue.append(bytes)
    wake()
  }

  public func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { write($0) }
  }

  /// The content is complete.
  public func finish() {
    guard end == nil else { return }
    end = .finished
    wake()
  }

  /// The content will never be complete: once what was written is sent, the connection closes without the mark of
  /// a complete response.
  public func fail() {
    guard end == nil else { return }
    end = .failed
    wake()
  }

  func attach(to exchange: ServerExchange) {
    precondition(self.exchange == nil, "a stream belongs to one response")
    self.exchange = exchange
  }

  /// Lets nothing more out, after the client has left.
  func discard() {
    queue.removeAll()
    if end == nil { end = .failed }
    wake()
  }

  private func wake() {
    guard isSuspended else { return }
    isSuspended = false
    exchange?.resume()
  }

  /// `MHD_ContentReaderCallback`: moves what is there to `buffer`, or suspends the connection until there is more.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let exchange else { return cmhd_END_WITH_ERROR }
    let count = queue.take(into: buffer)
    if wasFull && queue.count <= ResponseStream.lowWaterMark {
      wasFull = false
      onRoom?()
    }
    if count > 0 {
      exchange.didSend(count)
      return count
    }
    switch end {
    case .finished: return cmhd_END_OF_STREAM
    case .failed: return cmhd_END_WITH_ERROR
    case nil:
      isSuspended = true
      exchange.suspend()
      return 0
    }
  }
}
