internal import JSON
internal import OllamaAPI

/// Writes the Operation Object of one method of a path.
struct OperationWriter {
  private let endpoint: Route.Endpoint
  private let operation: Operation
  /// Of the path's errors.
  private let format: ErrorFormat

  init(_ endpoint: Route.Endpoint, format: ErrorFormat) {
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
      if !operation.parameters.isEmpty {
        writer.key("parameters")
        writer.array { writer in
          for parameter in operation.parameters { write(parameter, into: &writer) }
        }
      }
      if let body = operation.body {
        writer.key("requestBody")
        writer.object { writer in
          writer.member("required", true)
          write(body, into: &writer)
        }
      }
      writer.key("responses")
      writer.object { writer in
        for answer in operation.answers { write(answer, into: &writer) }
        for status in failures {
          writer.member(named: "\(status)") { writer in
            writer.object { $0.member("$ref", "#/components/responses/\(format.responseName(of: status))") }
          }
        }
      }
    }
  }

  private var failures: [Int] {
    Set(Route.Action.commonFailures + endpoint.action.failures).sorted()
  }

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

  private func write(_ answer: Operation.Answer, into writer: inout JSONWriter) {
    writer.member(named: "\(answer.status)") { writer in
      writer.object { writer in
        writer.member("description", answer.summary)
        writer.key("headers")
        writer.object { writer in
          writer.reference("X-Request-Id", to: "headers/X-Request-Id")
          for field in answer.fields { writer.header(field.name, field.summary, nil) }
        }
        if !answer.content.isEmpty { write(answer.content, into: &writer) }
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
    writer.key("schema")
    writer.object { writer in
      switch content.schema {
      case .named(let name): writer.member("$ref", "#/components/schemas/\(name)")
      case .sequence, .text: writer.member("type", "string")
      case .bytes: writer.member("format", "binary")
      }
    }
    if case .sequence(let name) = content.schema {
      // OpenAPI 3.1 has no word for what a stream consists of; 3.2 calls it `itemSchema`.
      writer.key("x-itemSchema")
      writer.object { $0.member("$ref", "#/components/schemas/\(name)") }
    }
    guard !content.examples.isEmpty else { return }
    writer.key("examples")
    writer.object { writer in
      for example in content.examples { writer.reference(example, to: "examples/\(example)") }
    }
  }
}
