internal import Handling
internal import Budgets
internal import Bytes
internal import HTTPClient
internal import HTTPServer
internal import Upstreams

/// The body of a request between the client that sends it and Ollama that takes it, bounded by pausing the client.
final class UploadQueue: RequestBodySink {
  var call: UpstreamCall?
  private let exchange: ServerExchange
  private var queue = ByteQueue()
  private var isComplete = false
  private var isPaused = false
  /// Whether nobody takes any more: what still comes is dropped.
  private var isClosed = false

  private static let highWaterMark = 256 * 1024
  private static let lowWaterMark = 64 * 1024

  /// What it may come to, until it is closed.
  private var hold: MemoryHold?

  /// - Throws: where there is no memory for it, which is that of bodies.
  init(exchange: ServerExchange, memory: MemoryBudget) throws(RequestFailure) {
    self.exchange = exchange
    do throws(MemoryRefusal) {
      hold = try MemoryHold(UploadQueue.highWaterMark, of: memory, for: exchange.account)
    } catch {
      let status = error == .clientShare ? 429 : 503
      throw RequestFailure(status, "too many uploads at once", headerFields: [("Retry-After", "5")])
    }
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !isClosed else { return true }
    queue.append(bytes)
    call?.resumeUpload()
    isPaused = queue.count >= UploadQueue.highWaterMark
    return !isPaused
  }

  func finish() {
    isComplete = true
    call?.resumeUpload()
  }

  /// The call has ended. A client that still sends gets its response at the end of the body, so that must come: nothing
  /// would let a paused one go on.
  func close() {
    isClosed = true
    queue.removeAll()
    hold = nil
    guard isPaused else { return }
    isPaused = false
    exchange.resumeBody()
  }

  /// The next piece for Ollama.
  func take(into buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    let count = queue.take(into: buffer)
    if isPaused && queue.count <= UploadQueue.lowWaterMark {
      isPaused = false
      exchange.resumeBody()
    }
    if count > 0 { return .bytes(count) }
    return isComplete ? .end : .later
  }
}
