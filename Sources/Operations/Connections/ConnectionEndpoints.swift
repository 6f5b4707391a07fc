package import Handling
internal import Access
internal import EventLoop
internal import HTTPServer
internal import JSON
internal import Sessions
internal import System
internal import Telemetry

/// The open WebSockets, for whoever runs the gateway. Lives on its worker's loop.
package final class ConnectionEndpoints: RouteCollection {
  package let context: WorkerContext

  /// Bytes of what is told to all.
  private static let bodyLimit = 1 << 20

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/chat/connections",
        .get(
          .fleetRead,
          Operation(
            "listConnections", .webSocket, "List the open WebSockets",
            details: "For callers on the gateway's own machine.",
            .ok("All of them.", .json("ConnectionList", "connections.list"))),
          Handler(listConnections))),
      Route(
        "/api/v1/chat/broadcast",
        .post(
          .fleetChange,
          Operation(
            "broadcast", .webSocket, "Tell all WebSockets something",
            details: "For callers on the gateway's own machine. They get a `broadcast` message.",
            body: [.json("BroadcastRequest", "broadcast.request")],
            .ok("It is on its way.", .json("BroadcastResponse", "broadcast.answer"))),
          failures: [413, 415, 422], Handler(broadcast))),
    ]
  }

  /// `GET /api/v1/chat/connections`.
  private func listConnections(_ request: GatewayRequest) {
    let connections = context.services.connections.connections(for: context.principal(of: request))
    request.respond { writer in
      writer.object { writer in
        writer.key("connections")
        writer.array { writer in
          for connection in connections {
            writer.object { writer in
              writer.member("client_id", connection.clientID)
              writer.member("session_id", connection.sessionID.description)
              writer.member("since", connection.since.iso8601)
              writer.member("state", connection.state.rawValue)
            }
          }
        }
        writer.member("count", connections.count)
      }
    }
  }

  /// `POST /api/v1/chat/broadcast`.
  private func broadcast(_ request: GatewayRequest) throws(RequestFailure) {
    try request.requireJSON()
    request.exchange.collectBody(limit: ConnectionEndpoints.bodyLimit) { [self] in broadcast(request, $0) }
  }

  private func broadcast(_ request: GatewayRequest, _ body: [UInt8]) {
    do throws(RequestFailure) {
      let message = try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
        try context.reader.withDocument(UnsafeRawBufferPointer(bytes)) { root throws(RequestFailure) in
          guard let message = root["message"]?.string, !message.isEmpty else {
            throw RequestFailure(422, "“message” takes a string that is not empty.", field: "message")
          }
          return message
        }
      }
      let count = context.services.connections.broadcast(message, from: context.principal(of: request))
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
}
