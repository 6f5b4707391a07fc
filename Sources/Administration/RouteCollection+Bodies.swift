internal import Handling
internal import HTTPServer
internal import JSON

/// A body, and what it means.
struct ReadBody<Value> {
  let value: Value
  /// As it came.
  let bytes: [UInt8]
}

extension RouteCollection {
  /// Bytes of a body of these routes.
  private static var bodyLimit: Int { 64 << 10 }

  /// A handler that reads a body of JSON, and then awaits.
  ///
  /// - Parameters:
  ///   - isOptional: whether there may be none: then `read` gets an empty object.
  ///   - read: makes sense of it.
  ///   - work: what is done; a method, or a closure without a capture list: see `EventLoop.startTask`.
  func bodyTask<Value>(
    isOptional: Bool = false, _ read: @escaping (GatewayRequest, JSONValue) throws(RequestFailure) -> Value,
    _ work: @escaping (GatewayRequest, ReadBody<Value>) async throws(RequestFailure) -> Void
  ) -> Handler {
    let context = context
    return Handler { (request) throws(RequestFailure) in
      try request.requireJSON()
      request.exchange.collectBody(limit: Self.bodyLimit) { bytes in
        do throws(RequestFailure) {
          let bytes = isOptional && bytes.isEmpty ? Array("{}".utf8) : bytes
          let value = try bytes.withUnsafeBufferPointer { buffer throws(RequestFailure) in
            try context.reader.withDocument(UnsafeRawBufferPointer(buffer)) { root throws(RequestFailure) in
              try read(request, root)
            }
          }
          let body = ReadBody(value: value, bytes: bytes)
          request.perform(on: context.loop) { request throws(RequestFailure) in
            try await work(request, body)
          }
        } catch {
          request.fail(error)
        }
      }
    }
  }
}
