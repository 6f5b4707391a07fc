internal import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON

extension RouteCollection {
  /// Bytes of a body of these routes.
  private static var bodyLimit: Int { 64 << 10 }

  /// A handler that reads a body of JSON, and then awaits.
  ///
  /// - Parameters:
  ///   - begin: what can be refused before anything is read of the body.
  ///   - read: makes sense of the body.
  ///   - work: what is done; a method, or a closure without a capture list: see `EventLoop.startTask`.
  func jsonTask<Value>(
    _ begin: @escaping (GatewayRequest) throws(RequestFailure) -> Void = { _ in },
    _ read: @escaping (JSONValue) throws(RequestFailure) -> Value,
    _ work: @escaping (GatewayRequest, Value) async throws(RequestFailure) -> Void
  ) -> Handler {
    let context = context
    return bytesTask(
      { (request) throws(RequestFailure) in
        try begin(request)
        try request.requireJSON()
      },
      { (bytes) throws(RequestFailure) in
        try bytes.withUnsafeBufferPointer { buffer throws(RequestFailure) in
          try context.reader.withDocument(UnsafeRawBufferPointer(buffer)) { root throws(RequestFailure) in
            try read(root)
          }
        }
      }, work)
  }

  /// The same for a body in another form.
  func bytesTask<Value>(
    _ begin: @escaping (GatewayRequest) throws(RequestFailure) -> Void,
    _ read: @escaping ([UInt8]) throws(RequestFailure) -> Value,
    _ work: @escaping (GatewayRequest, Value) async throws(RequestFailure) -> Void
  ) -> Handler {
    let context = context
    return Handler { (request) throws(RequestFailure) in
      try begin(request)
      request.exchange.collectBody(limit: Self.bodyLimit) { bytes in
        do throws(RequestFailure) {
          let value = try read(bytes)
          request.perform(on: context.loop) { request throws(RequestFailure) in
            try await work(request, value)
          }
        } catch {
          request.fail(error)
        }
      }
    }
  }
}

extension GatewayRequest {
  /// Responds with one sentence, as the first system does.
  func respond(message: StaticString, fields: FieldSection = []) {
    respond(fields: fields) { writer in
      writer.object { $0.member("message", literal: message) }
    }
  }
}
