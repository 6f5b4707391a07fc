internal import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON

extension GatewayRequest {
  /// A document of up to so many bytes goes out whole, with its length.
  private static let wholeLimit = 32 * 1024

  /// Responds with a JSON document: whole where it is small, else in pieces as the client takes them.
  func respond(_ document: consuming PiecewiseJSON) {
    var writer = JSONWriter(reservingCapacity: 512)
    var document = document
    var hasMore = true
    while hasMore && writer.bytes.count <= GatewayRequest.wholeLimit {
      hasMore = document.write(into: &writer)
    }
    let fields: FieldSection = [("Content-Type", "application/json")]
    guard hasMore else {
      return respond(ServerResponse(status: 200, fields: fields, body: .bytes(writer.take())))
    }
    let stream = ResponseStream()
    stream.write(writer.take())
    let rest = PiecewiseContent(document, to: stream)
    // Until the exchange ends: then the stream forgets it.
    stream.onRoom = { rest.write() }
    respond(ServerResponse(status: 200, fields: fields, body: .stream(stream, length: nil)))
    // Nobody else has one that is not sent.
    withExtendedLifetime(stream) { rest.write() }
  }
}

/// Writes a document to a response as long as that has room.
final class PiecewiseContent {
  private var document: PiecewiseJSON
  private unowned let stream: ResponseStream
  private var writer = JSONWriter()

  init(_ document: PiecewiseJSON, to stream: ResponseStream) {
    self.document = document
    self.stream = stream
  }

  func write() {
    while stream.takesContent && !stream.isFull {
      let hasMore = document.write(into: &writer)
      writer.bytes.withUnsafeBytes { stream.write($0) }
      writer.reset()
      if !hasMore { return stream.finish() }
    }
  }
}
