/// What the API's document says of one method of a path. Failures are not here: the ``Endpoint`` has them.
package struct Operation: Sendable {
  /// `operationId`: a name for generated clients.
  package let id: String
  /// Where the reference page lists it.
  package let group: Group
  /// One line, without a full stop.
  package let summary: String
  /// More than the summary says, in CommonMark.
  package var details: String?
  /// In the order in which they are listed. Those of the path have the names in the route's pattern.
  package var parameters: [Parameter] = []
  /// Whether it opens a WebSocket whose messages `asyncapi.json` describes.
  package var opensChat = false
  /// Whether people look at its failures, in a browser: then they are pages.
  package var failsByPage = false
  /// What a request takes; nil for one without a body.
  package var body: [Content]?
  /// What a request without a failure gets.
  package let responses: [Response]

  /// Whether an Ollama server is asked for it, of which the response's header tells.
  package var tellsServer: Bool {
    switch group {
    case .ollama, .models, .openAI, .anthropic: true
    case .chat: body != nil
    case .sessions, .webSocket, .servers, .signIn, .access, .liteLLM, .health, .pages: false
    }
  }

  /// What a request may have beside ``parameters``: of one that may wait for a server, how long it does.
  package var allParameters: [Parameter] {
    tellsServer && body != nil && group != .models ? parameters + [.waitLimit] : parameters
  }

  /// Where people look for it: a tag of the document.
  package enum Group: String, CaseIterable, Sendable {
    case chat = "Chat"
    case sessions = "Sessions"
    case webSocket = "WebSocket"
    case ollama = "Ollama"
    case models = "Model management"
    case openAI = "OpenAI"
    case anthropic = "Anthropic"
    case servers = "Servers"
    case signIn = "Sign-in"
    case access = "Keys and usage"
    case liteLLM = "LiteLLM"
    case health = "Health"
    case pages = "Pages and documents"
  }

  /// A parameter of the path, the query or the header.
  package struct Parameter: Sendable {
    /// Where it stands.
    package enum Place: String, Sendable {
      case path
      case query
      case header
    }

    /// As a request has it.
    package let name: String
    /// Where a request has it.
    package let place: Place
    /// One sentence.
    package let summary: String
    /// What it takes.
    package let schema: ParameterSchema
    /// Whether a request must have it; those of the path always.
    package let isRequired: Bool
    /// A value that is taken.
    package var example: String?
  }

  /// A success: its status and what it carries.
  package struct Response: Sendable {
    /// 100-399: failures are the ``Endpoint``'s.
    package let status: Int
    /// One sentence.
    package let summary: String
    /// The media types that a client may get by its `Accept`; none for a response without a body.
    package var content: [Content] = []
    /// Header fields beside those that every response has.
    package var fields: [Field] = []

    /// See the properties.
    package init(status: Int, summary: String, content: [Content] = [], fields: [Field] = []) {
      self.status = status
      self.summary = summary
      self.content = content
      self.fields = fields
    }
  }

  /// A header field of a response.
  package struct Field: Sendable {
    /// As the response has it.
    package let name: String
    /// One sentence.
    package let summary: String

    /// See the properties.
    package init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// A body in one media type.
  package struct Content: Sendable {
    /// The media type, without parameters.
    package let type: String
    /// What the body is.
    package var schema: Schema
    /// Their names in the document's `components`.
    package var examples: [String] = []

    /// See the properties.
    package init(type: String, schema: Schema, examples: [String] = []) {
      self.type = type
      self.schema = schema
      self.examples = examples
    }

    /// How a body is described.
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
    body: [Content]? = nil, failsByPage: Bool = false, _ responses: Response...
  ) {
    self.id = id
    self.failsByPage = failsByPage
    self.group = group
    self.summary = summary
    self.details = details
    self.parameters = parameters
    self.body = body
    self.responses = responses
  }
}
