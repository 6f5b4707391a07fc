/// What the API's document says of one method of a path. Failures are not here: the ``Endpoint`` has them.
struct Operation: Sendable {
  /// `operationId`: a name for generated clients.
  let id: String
  let group: Group
  let summary: String
  /// More than the summary says, in CommonMark.
  var details: String?
  var parameters: [Parameter] = []
  /// Whether it opens a WebSocket whose messages `asyncapi.json` describes.
  var opensChat = false
  /// What a request takes; nil for one without a body.
  var body: [Content]?
  /// What a request without a failure gets.
  let answers: [Answer]

  /// Where people look for it: a tag of the document.
  enum Group: String, CaseIterable, Sendable {
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
  struct Parameter: Sendable {
    enum Place: String, Sendable {
      case path
      case query
      case header
    }

    let name: String
    let place: Place
    let summary: String
    let schema: ParameterSchema
    let isRequired: Bool
    var example: String?
  }

  /// A success: its status and what it carries.
  struct Answer: Sendable {
    let status: Int
    let summary: String
    var content: [Content] = []
    /// Header fields beside those that every response has.
    var fields: [Field] = []
  }

  /// A header field of a response.
  struct Field: Sendable {
    let name: String
    let summary: String

    init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// A body in one media type.
  struct Content: Sendable {
    let type: String
    /// What the body is.
    var schema: Schema
    /// Their names in the document's `components`.
    var examples: [String] = []

    enum Schema: Sendable {
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
  init(
    _ id: String, _ group: Group, _ summary: String, details: String? = nil, parameters: [Parameter] = [],
    body: [Content]? = nil, _ answers: Answer...
  ) {
    self.id = id
    self.group = group
    self.summary = summary
    self.details = details
    self.parameters = parameters
    self.body = body
    self.answers = answers
  }
}
