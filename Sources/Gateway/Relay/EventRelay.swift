internal import HTTPClient
internal import HTTPServer
internal import JSON
internal import OllamaAPI

/// Passes a stream of events on, whole ones only, and sees to it that it ends with its mark of success or with exactly
/// one error.
///
/// The response begins with the first event: until then a failure has a status of its own.
final class EventRelay {
  private let request: GatewayRequest
  private let head: ResponseHead
  private let reader: JSONReader
  private var tracker: StreamOutcomeTracker
  private var stream: ResponseStream?
  /// The beginning of an event whose end has not come.
  private var held: [UInt8] = []
  /// Whether the beginning of such an event has been passed on, because it is large.
  private var isInsideEvent = false

  /// The most that is held back of an event.
  private static let holdLimit = 64 * 1024

  init(_ request: GatewayRequest, kind: StreamKind, head: ResponseHead, reader: JSONReader) {
    self.request = request
    self.head = head
    self.reader = reader
    tracker = StreamOutcomeTracker(kind: kind)
  }

  /// - Returns: the response's content, once it has begun.
  func pass(_ bytes: UnsafeRawBufferPointer) -> ResponseStream? {
    let boundary = tracker.note(bytes)
    if boundary > 0 {
      releaseHeld()
      emit(UnsafeRawBufferPointer(rebasing: bytes[..<boundary]))
      isInsideEvent = false
    }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[boundary...])
    guard !rest.isEmpty else { return stream }
    if !isInsideEvent && held.count + rest.count <= EventRelay.holdLimit {
      held.append(contentsOf: rest)
    } else {
      releaseHeld()
      emit(rest)
      isInsideEvent = true
    }
    return stream
  }

  /// Ollama has ended the stream, or broken it off.
  func end(_ error: TransferError?) {
    let (outcome, usage) = tracker.outcome(reader: reader)
    request.usage = outcome == .success ? usage : nil
    request.isTokenStream = true
    guard outcome == .unmarked else {
      // Whole as far as its meaning goes, whatever became of the connection then.
      releaseHeld()
      stream?.finish()
      return
    }
    fail(error.map { RequestFailure($0) } ?? RequestFailure(502, "Ollama ended its answer early."))
  }

  /// Ends the stream with an error, which has a status of its own if nothing was passed on yet.
  func fail(_ failure: RequestFailure) {
    guard let stream else { return request.fail(failure) }
    var writer = JSONWriter(reservingCapacity: 512)
    let framing = tracker.kind.framing
    // What was begun is ended, so that the error is an event of its own.
    if isInsideEvent { writer.framing(framing == .sse ? "\n\n" : "\n") }
    request.errorFormat.encodeEvent(
      request.report(failure), framing: framing, into: &writer)
    stream.write(writer.take())
    stream.finish()
  }

  private func releaseHeld() {
    guard !held.isEmpty else { return }
    held.withUnsafeBytes { emit($0) }
    held.removeAll(keepingCapacity: held.capacity <= 4096)
  }

  private func emit(_ bytes: UnsafeRawBufferPointer) {
    guard stream == nil else {
      stream?.write(bytes)
      return
    }
    let stream = ResponseStream()
    self.stream = stream
    stream.write(bytes)
    request.respond(
      ServerResponse(
        status: head.status, fields: RelayFields.toClient(head), body: .stream(stream, length: nil)))
  }
}
