internal import Handling
internal import EventLoop
internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System
internal import Upstreams

/// Passes a stream of events on, whole ones only, and sees to it that it ends with its mark of success or with exactly
/// one error.
///
/// The response begins with the first event: until then a failure has a status of its own. Where the client has asked for a
/// stream of events it begins with the first heartbeat at the latest, perhaps before Ollama has responded at all; what fails
/// after that is an event.
final class EventRelay: BeatingStream {
  private let request: GatewayRequest
  private let reader: JSONReader
  /// Nil where the stream may be silent for as long as it likes.
  private let heartbeats: Heartbeats?
  /// Ollama's, once it has come.
  private var head: ResponseHead?
  private var tracker: StreamOutcomeTracker
  private var stream: ResponseStream?
  /// The beginning of an event whose end has not come.
  private var held: [UInt8] = []
  /// Whether the beginning of such an event has been passed on, because it is large.
  private var isInsideEvent = false
  private(set) var lastWrite = MonotonicTime(nanoseconds: 0)
  var heartbeatPlace: Int?

  /// The most that is held back of an event.
  private static let holdLimit = 64 * 1024
  static let heartbeat = Array(": ping\n\n".utf8)
  /// What it says when it has been silent for long: that it lives, and where it stands while it waits for a server.
  private var beatText: [UInt8]

  /// - Parameters:
  ///   - heartbeats: where it says that it lives, until ``stopBeating()``.
  ///   - beat: by what; a comment if it is a stream of server-sent events.
  init(
    _ request: GatewayRequest, kind: StreamKind, reader: JSONReader, heartbeats: Heartbeats? = nil,
    beat: [UInt8] = EventRelay.heartbeat
  ) {
    beatText = beat
    self.request = request
    self.reader = reader
    self.heartbeats = heartbeats
    tracker = StreamOutcomeTracker(kind: kind)
    guard let heartbeats else { return }
    lastWrite = heartbeats.loop.now
    heartbeats.add(self)
  }

  /// Whether the response has begun.
  var hasBegun: Bool { stream != nil }

  /// Tokens that the model has made so far: see ``StreamOutcomeTracker/tokenCount``.
  var tokenCount: Int { tracker.tokenCount }

  /// What the stream has cost, if it is whole and tells.
  var usage: TokenUsage? {
    let (outcome, usage) = tracker.outcome(reader: reader)
    return outcome == .success ? usage : nil
  }

  /// Ollama has responded with a stream of the kind.
  func begin(_ head: ResponseHead) { self.head = head }

  /// - Returns: the response's content, once it has begun.
  func pass(_ bytes: UnsafeRawBufferPointer) -> ResponseStream? {
    let boundary = tracker.note(bytes, reader: reader)
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
  ///
  /// - Returns: what was wrong with it, beside that.
  func end(_ failure: UpstreamFailure?) -> UpstreamTrouble? {
    let (outcome, usage) = tracker.outcome(reader: reader)
    request.usage = outcome == .success ? usage : nil
    request.isTokenStream = true
    guard outcome == .unmarked else {
      // Whole as far as its meaning goes, whatever became of the connection then.
      releaseHeld()
      stopBeating()
      stream?.finish()
      return outcome == .success ? nil : .errorInContent
    }
    fail(failure.map { RequestFailure($0) } ?? RequestFailure(502, "Ollama ended its answer early."))
    return failure == nil ? .endedEarly : nil
  }

  /// Ends the stream with an error, which has a status of its own if nothing was passed on yet.
  func fail(_ failure: RequestFailure) {
    stopBeating()
    guard let stream else { return request.fail(failure) }
    var writer = JSONWriter(reservingCapacity: 512)
    // What was begun is ended, so that the error is an event of its own.
    if isInsideEvent { writer.framing(tracker.kind.framing == .sse ? "\n\n" : "\n") }
    request.errorFormat.encodeEvent(
      request.report(failure), of: tracker.kind, number: tracker.nextSequenceNumber(reader: reader),
      into: &writer)
    stream.write(writer.take())
    stream.finish()
  }

  /// Says that the stream lives, between two events.
  func beat() {
    // A client that does not read need not be told.
    guard (stream?.bufferedBytes ?? 0) == 0 else { return }
    say(beatText)
  }

  /// Writes a comment, if it can be written now.
  func say(_ comment: [UInt8]) {
    guard !isInsideEvent else { return }
    comment.withUnsafeBytes { emit($0) }
  }

  /// Says, in a comment, where the request stands that waits for a server. With the first one the response begins.
  func tell(_ standing: FleetStanding) {
    guard tracker.kind.framing == .sse else { return }
    let eta = standing.seconds.map { " eta=\($0)" } ?? ""
    let loading = standing.reason == .loading ? " loading" : ""
    beatText = Array(": queue position=\(standing.position)\(eta)\(loading)\n\n".utf8)
    beat()
  }

  /// The request waits no more.
  func endWait() {
    // A line without text is said by who waits alone.
    guard tracker.kind.framing == .sse else { return stopBeating() }
    beatText = EventRelay.heartbeat
  }

  /// From here on it is silent. Harmless where it is already.
  func stopBeating() { heartbeats?.remove(self) }

  private func releaseHeld() {
    guard !held.isEmpty else { return }
    held.withUnsafeBytes { emit($0) }
    held.removeAll(keepingCapacity: held.capacity <= 4096)
  }

  private func emit(_ bytes: UnsafeRawBufferPointer) {
    if let heartbeats { lastWrite = heartbeats.loop.now }
    guard stream == nil else {
      stream?.write(bytes)
      return
    }
    let stream = ResponseStream()
    self.stream = stream
    stream.write(bytes)
    let fields =
      head.map { RelayFields.toClient($0, isStream: true) } ?? RelayFields.ofStream(tracker.kind.framing)
    request.respond(
      ServerResponse(status: head?.status ?? 200, fields: fields, body: .stream(stream, length: nil)))
  }
}
