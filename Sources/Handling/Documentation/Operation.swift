/// What the API's document says of one method of a path. Failures are not here: the ``Endpoint`` has them.
package struct Operation: Sendable {
  /// `operationId`: a name for generated clients.
  package let id: String
  package let group: Group
  package let summary: String
  /// More than the summary says, in CommonMark.
  package var details: String?
  package var parameters: [Parameter] = []
  /// Whether it opens a WebSocket whose messages `asyncapi.json` describes.
  package var opensChat = false
  /// What a request takes; nil for one without a body.
  package var body: [Content]?
  /// What a request without a failure gets.
  package let responses: [Response]

  /// Where people look for it: a tag of the document.
  package enum Group: String, CaseIterable, Sendable {
    case chat = "Chat"
    case sessions = "Sessions"
    case webSocket = "WebSocket"
    case ollama = "Ollama"
    case models = "Model management"
    case openAI = "OpenAI"
    case anthropic = "Anthropic"
    case health = "Health"
    case pages = "Pages and documents"
  }

  /// A parameter of the path, the query or the header.
  package struct Parameter: Sendable {
    package enum Place: String, Sendable {
      case path
      case query
      case header
    }

    package let name: String
    package let place: Place
    package let summary: String
    package let schema: ParameterSchema
    package let isRequired: Bool
    package var example: String?
  }

  /// A success: its status and what it carries.
  package struct Response: Sendable {
    package let status: Int
    package let summary: String
    package var content: [Content] = []
    /// Header fields beside those that every response has.
    package var fields: [Field] = []

    package init(status: Int, summary: String, content: [Content] = [], fields: [Field] = []) {
      self.status = status
      self.summary = summary
      self.content = content
      self.fields = fields
    }
  }

  /// A header field of a response.
  package struct Field: Sendable {
    package let name: String
    package let summary: String

    package init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// A body in one media type.
  package struct Content: Sendable {
    package let type: String
    /// What the body is.
    package var schema: Schema
    /// Their names in the document's `components`.
    package var examples: [String] = []

    package init(type: String, schema: Schema, examples: [String] = []) {
      self.type = type
      self.schema = schema
      self.examples = examples
    }

    package enum Schema: Sendable {
      /// A schema of the document, by its name there.
      case named(String)
      /// Server-sent events, whose data are JSON of that schema, or this mark of their end.
      case events(String, mark: String?)
      /// Lines of JSON of that schema.
      case lines(String)
      case text
      case bytes
    }
  }

  /// - Parameters:
  ///   - id: see ``id``.
  ///   - body: one that must be there.
  package init(
    _ id: String, _ group: Group, _ summary: String, details: String? = nil, parameters: [Parameter] = [],
    body: [Content]? = nil, _ responses: Response...
  ) {
    self.id = id
    self.group = group
    self.summary = summary
    self.details = details
    self.parameters = parameters
    self.body = body
    self.responses = responses
  }
}
