internal import Handling
internal import Configuration
internal import JSON
internal import Schemas

/// The AsyncAPI 3 document of the WebSockets: what is said over the routes that open a chat.
struct AsyncAPIDocument {
  private let channels: [(path: String, operation: Operation)]
  private let basePath: BasePath
  private let fromClient = SchemaContent([.messages]).names(of: "fromClient")
  private let fromServer = SchemaContent([.messages]).names(of: "fromServer")

  static func write(_ routes: [Route], basePath: BasePath) -> [UInt8] {
    let channels = routes.compactMap { route in
      route.endpoints.first(where: \.operation.opensChat).map { (route.pattern, $0.operation) }
    }
    let document = AsyncAPIDocument(channels: channels, basePath: basePath)
    var writer = JSONWriter(reservingCapacity: 64 * 1024)
    document.write(into: &writer)
    return writer.take()
  }

  private init(channels: [(path: String, operation: Operation)], basePath: BasePath) {
    self.channels = channels
    self.basePath = basePath
  }

  private func write(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("asyncapi", "3.0.0")
      writer.key("info")
      writeInformation(into: &writer)
      writer.member("defaultContentType", "application/json")
      writer.key("servers")
      writeServers(into: &writer)
      writer.key("channels")
      writer.object { writer in
        for channel in channels { writeChannel(channel.path, channel.operation, into: &writer) }
      }
      writer.key("operations")
      writer.object { writer in
        for (path, _) in channels {
          writeOperation("receive", path, fromClient.map(Self.clientKey), into: &writer)
          writeOperation("send", path, fromServer.map(Self.serverKey), into: &writer)
        }
      }
      writer.key("components")
      writeComponents(into: &writer)
    }
  }

  private func writeInformation(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("title", GatewayVersion.name)
      writer.member("version", GatewayVersion.current)
      writer.member(
        "description",
        """
        A chat over a WebSocket: text frames, one JSON object each. What clients send is received by the gateway, in \
        either of two dialects: that of `chat`, or that of `text` and `command`.

        Turns queue in order; while one runs, `ping`, `stop`, `get_history` and `resume` are answered at once. What the \
        gateway does not understand it answers with `error`, and the connection stays open; so it does with `clear_history`, and \
        with `stop` or `regenerate` for another's turn, which are for the session's owner. It closes with 1000 as usual, \
        1001 when it goes down, 1002 for a breach of the protocol, 1003 for a binary frame, 1007 for bad UTF-8, 1008 when the key by which \
        it was opened has ended or lost its scope, with the reason, 1009 for a \
        message over 1 MiB, 1013 for a client that does not keep up.
        """)
      writer.key("license")
      writer.object { $0.member("name", "Apache License 2.0") }
    }
  }

  private func writeServers(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("gateway")
      writer.object { writer in
        writer.member("host", "{host}")
        if !basePath.prefix.isEmpty { writer.member("pathname", basePath.prefix) }
        writer.member("protocol", "ws")
        writer.key("variables")
        writer.object { writer in
          writer.key("host")
          writer.object { writer in
            writer.member("default", "\(ListenAddress.standard)")
            writer.member(
              "description", "The host by which this document was fetched; with TLS before it, by `wss`.")
          }
        }
      }
    }
  }

  private func writeChannel(
    _ path: String, _ operation: Operation, into writer: inout JSONWriter
  ) {
    writer.member(named: Self.channelKey(path)) { writer in
      writer.object { writer in
        writer.member("address", path)
        writer.key("messages")
        writer.object { writer in
          for key in fromClient.map(Self.clientKey) + fromServer.map(Self.serverKey) {
            writer.reference(key, to: "messages/\(key)")
          }
        }
        writer.key("bindings")
        writer.object { writer in
          writer.key("ws")
          writer.object { writer in
            writer.member("method", "GET")
            writer.key("headers")
            Self.writeHeaders(into: &writer)
            writer.key("query")
            writeQuery(of: operation, into: &writer)
            writer.member("bindingVersion", "0.1.0")
          }
        }
      }
    }
  }

  /// How a key is shown, where one is needed.
  private static func writeHeaders(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "object")
      writer.key("properties")
      writer.object { writer in
        writer.key("Authorization")
        writer.object { writer in
          writer.member("type", "string")
          writer.member("description", "`Bearer KEY`, where a key is needed and the client can set fields.")
        }
        writer.key("Sec-WebSocket-Protocol")
        writer.object { writer in
          writer.member("type", "string")
          writer.member(
            "description",
            "`og.v1, og.key.KEY`: the key of a client that cannot, as in browsers. It is answered with `og.v1`."
          )
        }
      }
    }
  }

  private func writeQuery(of operation: Operation, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "object")
      writer.key("properties")
      writer.object { writer in
        for parameter in operation.parameters where parameter.place == .query {
          writer.member(named: parameter.name) { writer in
            writer.object { writer in
              switch parameter.schema {
              case .named(let name): writer.member("$ref", "#/components/schemas/\(name)")
              case .integer(let range, _):
                writer.member("type", "integer")
                writer.member("minimum", range.lowerBound)
              case .text, .pattern, .constant: writer.member("type", "string")
              }
              writer.member("description", parameter.summary)
            }
          }
        }
      }
    }
  }

  /// - Parameter action: as the gateway sees it.
  private func writeOperation(
    _ action: String, _ path: String, _ messages: [String], into writer: inout JSONWriter
  ) {
    let channel = "#/channels/\(Self.channelKey(path))"
    writer.member(named: "\(action)-\(Self.channelKey(path))") { writer in
      writer.object { writer in
        writer.member("action", action)
        writer.key("channel")
        writer.object { $0.member("$ref", channel) }
        writer.member("summary", action == "receive" ? "What clients send." : "What the gateway sends.")
        writer.key("messages")
        writer.array { writer in
          for message in messages { writer.object { $0.member("$ref", "\(channel)/messages/\(message)") } }
        }
      }
    }
  }

  private func writeComponents(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("schemas")
      SchemaContent([.common, .messages]).write("schemas", into: &writer)
      writer.key("messages")
      writer.object { writer in
        SchemaContent([.messages]).forEachMember(of: "fromClient") { name, message in
          write(message, named: name, key: Self.clientKey(name), into: &writer)
        }
        SchemaContent([.messages]).forEachMember(of: "fromServer") { name, message in
          write(message, named: name, key: Self.serverKey(name), into: &writer)
        }
      }
    }
  }

  private func write(_ message: JSONValue, named name: String, key: String, into writer: inout JSONWriter) {
    writer.member(named: key) { writer in
      writer.object { writer in
        writer.member("name", name)
        writer.members(of: message)
      }
    }
  }

  // Some types are both sent and received: a message's key says by whom.
  private static func clientKey(_ name: String) -> String { "client-\(name)" }
  private static func serverKey(_ name: String) -> String { "server-\(name)" }

  /// `api-v1-chat-ws` for `/api/v1/chat/ws`.
  private static func channelKey(_ path: String) -> String {
    path.split(separator: "/").joined(separator: "-")
  }
}
