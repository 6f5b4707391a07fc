internal import Handling
internal import Configuration
internal import JSON
internal import OllamaAPI
internal import Schemas

/// The OpenAPI 3.2 document of the routes, written from their ``Operation``s.
struct OpenAPIDocument {
  private let routes: [Route]
  private let basePath: BasePath

  /// The files whose schemas it has. Messages of WebSockets are AsyncAPI's.
  private static let files: [SchemaFile] = [
    .common, .chat, .service, .administration, .auth, .ollama, .openAI, .anthropic,
  ]

  static func write(_ routes: [Route], basePath: BasePath) -> [UInt8] {
    let document = OpenAPIDocument(routes: routes, basePath: basePath)
    var writer = JSONWriter(reservingCapacity: 192 * 1024)
    document.write(into: &writer)
    return writer.take()
  }

  private func write(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("openapi", "3.2.0")
      writer.key("info")
      writeInformation(into: &writer)
      writer.key("servers")
      // A path alone: host and scheme are those by which the document was fetched, whatever proxies stand before.
      writer.array { writer in writer.object { $0.member("url", "\(basePath)") } }
      writer.key("tags")
      writer.array { writer in
        for group in Operation.Group.allCases {
          writer.object { writer in
            writer.member("name", group.rawValue)
            writer.member("description", group.summary)
          }
        }
      }
      writer.key("paths")
      writer.object { writer in
        for route in routes { write(route, into: &writer) }
      }
      writer.key("components")
      writeComponents(into: &writer)
    }
  }

  private func writeInformation(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("title", GatewayVersion.name)
      writer.member("version", GatewayVersion.current)
      writer.member("summary", "One address in front of one Ollama server or several.")
      writer.member(
        "description",
        """
        A chat API with sessions whose streams survive a lost connection, and Ollama's own API with its OpenAI- and \
        Anthropic-compatible paths, relayed.

        A path with a slash at its end is the same path. `HEAD` is answered wherever `GET` is; `OPTIONS` says what a path \
        takes; any other method is refused with 405 and `Allow`. Paths below `/api/` and `/v1/` that are not here are newer \
        Ollamas' and relayed, if they only read or are below `/v1/`; any other path is 404. Every response has an \
        `X-Request-Id`, and `X-Client-Request-Id` if the request had one. Bodies of `/v1` may have the coding `zstd`; streams of \
        `/v1` have comments (`: ping`) in a silence.

        Once the operator has made a key, all but what says otherwise needs one that has one of the scopes in `x-scopes`, unless the operator \
        lets callers in without one. It stands in any of the places of the security schemes, for a browser's WebSocket in \
        `Sec-WebSocket-Protocol: og.v1, og.key.KEY`.

        The messages of the WebSockets are described in `asyncapi.json`, beside this document.
        """)
      writer.key("license")
      writer.object { writer in
        writer.member("name", "Apache License 2.0")
        writer.member("identifier", "Apache-2.0")
      }
    }
  }

  private func write(_ route: Route, into writer: inout JSONWriter) {
    writer.member(named: route.pattern) { writer in
      writer.object { writer in
        for endpoint in route.endpoints {
          writer.member(named: endpoint.method.lowercased()) { writer in
            OperationWriter(endpoint, format: ErrorFormat(path: route.pattern)).write(into: &writer)
          }
        }
      }
    }
  }

  // MARK: Components

  private func writeComponents(into writer: inout JSONWriter) {
    let content = SchemaContent(OpenAPIDocument.files)
    writer.object { writer in
      writer.key("schemas")
      content.write("schemas", into: &writer)
      writer.key("examples")
      content.write("examples", into: &writer)
      writer.key("headers")
      writer.object { writer in
        writer.header(
          "X-Request-Id", "The request's name in the gateway's log and Ollama's.", "^[!-~]{1,128}$")
        for field in OperationWriter.serverFields { writer.header(field.name, field.summary, field.pattern) }
        writer.header("Retry-After", "After how many seconds it may go better.", "^[0-9]+$")
        writer.header("WWW-Authenticate", "How to do better: with a key.", nil)
        writer.header("Sec-WebSocket-Version", "The version that the gateway speaks.", "^13$")
      }
      writer.key("securitySchemes")
      writer.object { SecuritySchemes.write(into: &$0) }
      writer.key("responses")
      writer.object { writer in
        for (format, status) in failures { write(status, in: format, into: &writer) }
      }
    }
  }

  /// Every failure that an operation refers to, once.
  private var failures: [(format: ErrorFormat, status: Int)] {
    ErrorFormat.allCases.flatMap { format in
      let endpoints = routes.filter { ErrorFormat(path: $0.pattern) == format }.flatMap(\.endpoints)
      let statuses = Set(endpoints.flatMap(\.allFailures))
      return statuses.sorted().map { (format, $0) }
    }
  }

  private func write(_ status: Int, in format: ErrorFormat, into writer: inout JSONWriter) {
    writer.member(named: format.responseName(of: status)) { writer in
      writer.object { writer in
        writer.member("description", FailureSummary.of(status))
        writer.key("headers")
        writer.object { writer in
          writer.reference("X-Request-Id", to: "headers/X-Request-Id")
          if status == 429 || status == 503 { writer.reference("Retry-After", to: "headers/Retry-After") }
          if status == 401 { writer.reference("WWW-Authenticate", to: "headers/WWW-Authenticate") }
          if status == 426 { writer.reference("Sec-WebSocket-Version", to: "headers/Sec-WebSocket-Version") }
        }
        writer.key("content")
        writer.object { writer in
          writeContent(status, in: format, into: &writer)
          // Too many connections: refused before there is a path.
          if status == 503 && format != .problem { writeContent(status, in: .problem, into: &writer) }
        }
      }
    }
  }

  /// With the error itself as its example, in the words of the table.
  private func writeContent(_ status: Int, in format: ErrorFormat, into writer: inout JSONWriter) {
    let report = ErrorReport(
      status: status, detail: FailureSummary.of(status), instance: basePath.prefix + format.samplePath,
      requestID: "13f67d5183400489a516d616e5627038")
    writer.member(named: format.contentType) { writer in
      writer.object { writer in
        writer.key("schema")
        writer.object { $0.member("$ref", "#/components/schemas/\(format.schemaName)") }
        writer.key("example")
        format.encode(report, into: &writer)
      }
    }
  }
}

extension Operation.Group {
  fileprivate var summary: String {
    switch self {
    case .chat: "A message goes to a session, and its earlier messages go along as context."
    case .sessions: "What was said, and the answer that is being generated."
    case .webSocket: "The same chat over a WebSocket; its messages are described in `asyncapi.json`."
    case .ollama: "Ollama's own API, relayed token by token."
    case .models:
      "What changes the Ollama server: refused with 403 unless `--allow-model-management` is set, or the key has `models.manage`."
    case .openAI: "The paths of Ollama that are compatible with OpenAI's, relayed."
    case .anthropic: "The path of Ollama that is compatible with Anthropic's, relayed."
    case .servers: "The Ollama servers, for who runs the gateway: 403 but for callers on its own machine."
    case .signIn:
      "Users who sign in: programs by the first system's tokens, browsers by cookies; and what users do with their own keys."
    case .access:
      "Keys, teams, what was used and may be used, by a key with `admin`, or with `admin.read` to look."
    case .liteLLM: "The paths by which tools that make keys at LiteLLM make them here."
    case .health: "How the gateway and the Ollama behind it are."
    case .pages: "What people look at, and what programs read about this API."
    }
  }
}
