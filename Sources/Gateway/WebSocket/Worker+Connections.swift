internal import Access
internal import EventLoop
internal import HTTPServer
internal import JSON
internal import Sessions
internal import System
internal import Telemetry

extension Worker {
  /// `GET /api/v1/chat/connections`.
  func listConnections(_ request: GatewayRequest) throws(RequestFailure) {
    try requireAdministrator(request)
    let entries = services.sockets.entries
    request.respond { writer in
      writer.object { writer in
        writer.key("connections")
        writer.array { writer in
          for entry in entries {
            writer.object { writer in
              writer.member("client_id", entry.clientID)
              writer.member("session_id", entry.sessionID.description)
              writer.member("since", ISO8601.text(entry.since.millisecondsSince1970))
              writer.member("state", entry.state.rawValue)
            }
          }
        }
        writer.member("count", entries.count)
      }
    }
  }

  /// `POST /api/v1/chat/broadcast`.
  func broadcast(_ request: GatewayRequest) throws(RequestFailure) {
    try requireAdministrator(request)
    try request.requireJSON()
    let bound = LoopBound(request, to: loop)
    request.exchange.collectBody(limit: ChatMessageRequest.textLimit) { [unowned self] body in
      assumeIsolated { $0.broadcast(bound.value, body) }
    }
  }

  private func broadcast(_ request: GatewayRequest, _ body: [UInt8]) {
    do throws(RequestFailure) {
      let message = try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
        try reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
          guard let message = root["message"]?.string, !message.isEmpty else {
            throw RequestFailure(422, "“message” takes a string that is not empty.", field: "message")
          }
          return message
        }
      }
      var writer = JSONWriter()
      writer.object { writer in
        writer.member("type", literal: ServerMessageType.broadcast.name)
        writer.member("message", message)
        writer.member("timestamp", ISO8601.text(ISO8601.now))
      }
      let count = services.sockets.broadcast(writer.take())
      request.respond { writer in
        writer.object { writer in
          writer.member("status", "success")
          writer.member("connections", count)
        }
      }
    } catch {
      request.fail(error)
    }
  }

  /// Until there are keys, only this machine's own programs may see and address everybody.
  private func requireAdministrator(_ request: GatewayRequest) throws(RequestFailure) {
    if principal(of: request).mayAdminister { return }
    throw RequestFailure(403, "This path is for callers on the gateway's own machine.")
  }
}
