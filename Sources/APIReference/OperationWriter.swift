internal import Handling
internal import JSON
internal import OllamaAPI

/// Writes the Operation Object of one method of a path.
struct OperationWriter {
  private let endpoint: Endpoint
  private let operation: Operation
  /// Of the path's errors.
  private let format: ErrorFormat

  init(_ endpoint: Endpoint, format: ErrorFormat) {
    self.endpoint = endpoint
    operation = endpoint.operation
    self.format = format
  }

  func write(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("tags")
      writer.array { $0.string(operation.group.rawValue) }
      writer.member("operationId", operation.id)
      writer.member("summary", operation.summary)
      if let details = operation.details { writer.member("description", details) }
      if !operation.allParameters.isEmpty {
        writer.key("parameters")
        writer.array { writer in
          for parameter in operation.allParameters { write(parameter, into: &writer) }
        }
      }
      if let body = operation.body {
        writer.key("requestBody")
        writer.object { writer in
          writer.member("required", true)
          write(body, into: &writer)
        }
      }
      endpoint.rule.writeSecurity(into: &writer)
      writer.key("responses")
      writer.object { writer in
        for response in operation.responses { write(response, into: &writer) }
        for status in endpoint.allFailures {
          writer.member(named: "\(status)") { writer in
            if operation.failsByPage {
              writePage(status, into: &writer)
            } else {
              writer.object { $0.member("$ref", "#/components/responses/\(format.responseName(of: status))") }
            }
          }
        }
      }
    }
  }

  /// A failure that a person sees as a page; what fails before the route is known is told as elsewhere.
  private func writePage(_ status: Int, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("description", FailureSummary.of(status))
      writer.key("content")
      writer.object { writer in
        writer.member(named: "text/html") { $0.object { _ in } }
        writer.member(named: format.contentType) { writer in
          writer.object { writer in
            writer.key("schema")
            writer.object { $0.member("$ref", "#/components/schemas/\(format.schemaName)") }
          }
        }
      }
    }
  }

  /// What a response says of the server that it comes from, before several servers or one with a name.
  static let serverFields: [(name: String, summary: String, pattern: String)] = [
    (
      "X-Gateway-Server", "The name of the server that was asked, where it was given one.",
      "^[a-z0-9-]{1,63}$"
    ),
    ("X-Gateway-Queue", "What the request waited for it, in seconds, where it did.", "^[0-9]+\\.[0-9]$"),
    ("X-Gateway-Attempts", "How often it was sent to a server, where it was more than once.", "^[0-9]+$"),
    (
      "X-Gateway-Affinity",
      "Whether a request came to the server that has had its conversation, or its prompt's beginning.",
      "^(retain|switch|initialize)$"
    ),
    (
      "X-Gateway-Context",
      "The `num_ctx` that was asked for, and the greater one that the model is loaded with and the request was sent with.",
      "^[0-9]+->[0-9]+$"
    ),
  ]

  private func write(_ parameter: Operation.Parameter, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", parameter.name)
      writer.member("in", parameter.place.rawValue)
      writer.member("description", parameter.summary)
      writer.member("required", parameter.isRequired)
      writer.key("schema")
      write(parameter.schema, into: &writer)
      if let example = parameter.example { writer.member("example", example) }
    }
  }

  private func write(_ schema: ParameterSchema, into writer: inout JSONWriter) {
    writer.object { writer in
      if case .named(let name) = schema { return writer.member("$ref", "#/components/schemas/\(name)") }
      guard case .integer(let range, let standard) = schema else {
        writer.member("type", "string")
        if case .pattern(let pattern) = schema { writer.member("pattern", pattern) }
        if case .constant(let value) = schema { writer.member("const", value) }
        return
      }
      writer.member("type", "integer")
      writer.member("minimum", range.lowerBound)
      writer.member("maximum", range.upperBound)
      if let standard { writer.member("default", standard) }
    }
  }

  private func write(_ response: Operation.Response, into writer: inout JSONWriter) {
    writer.member(named: "\(response.status)") { writer in
      writer.object { writer in
        writer.member("description", response.summary)
        writer.key("headers")
        writer.object { writer in
          writer.reference("X-Request-Id", to: "headers/X-Request-Id")
          if operation.tellsServer {
            for field in OperationWriter.serverFields {
              writer.reference(field.name, to: "headers/\(field.name)")
            }
          }
          for field in response.fields { writer.header(field.name, field.summary, nil) }
        }
        if !response.content.isEmpty { write(response.content, into: &writer) }
      }
    }
  }

  private func write(_ content: [Operation.Content], into writer: inout JSONWriter) {
    writer.key("content")
    writer.object { writer in
      for content in content {
        writer.member(named: content.type) { writer in
          writer.object { writer in write(content, into: &writer) }
        }
      }
    }
  }

  private func write(_ content: Operation.Content, into writer: inout JSONWriter) {
    switch content.schema {
    case .named(let name): writer.schema { $0.member("$ref", "#/components/schemas/\(name)") }
    case .text: writer.schema { $0.member("type", "string") }
    case .bytes: writer.schema { $0.member("format", "binary") }
    // Of a sequence OpenAPI 3.2 describes each item.
    case .lines(let name): writer.schema("itemSchema") { $0.member("$ref", "#/components/schemas/\(name)") }
    case .events(let name, let mark):
      writer.schema("itemSchema") { OperationWriter.event(of: name, mark: mark, into: &$0) }
    }
    guard !content.examples.isEmpty else { return }
    writer.key("examples")
    writer.object { writer in
      for example in content.examples { writer.reference(example, to: "examples/\(example)") }
    }
  }

  /// The schema of a server-sent event, as a client has it that has read its fields (OpenAPI 3.2, section 4.14.5.4).
  private static func event(of schema: String, mark: String?, into writer: inout JSONWriter) {
    writer.member("type", "object")
    writer.key("required")
    writer.array { $0.string("data") }
    writer.key("properties")
    writer.object { writer in
      writer.schema("event") { $0.member("type", "string") }
      writer.schema("id") { $0.member("type", "string") }
      writer.schema("data") { writer in
        writer.member("type", "string")
        guard let mark else { return json(of: schema, into: &writer) }
        writer.key("anyOf")
        writer.array { writer in
          writer.object { $0.member("const", mark) }
          writer.object { json(of: schema, into: &$0) }
        }
      }
    }
  }

  /// Of a string that is JSON.
  private static func json(of schema: String, into writer: inout JSONWriter) {
    writer.member("contentMediaType", "application/json")
    writer.schema("contentSchema") { $0.member("$ref", "#/components/schemas/\(schema)") }
  }
}

extension JSONWriter {
  fileprivate mutating func schema(
    _ key: StaticString = "schema", _ members: (inout JSONWriter) -> Void
  ) {
    self.key(key)
    object(members)
  }
}
