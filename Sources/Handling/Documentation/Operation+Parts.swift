// Short forms, in which the routes are written.

extension Operation.Content {
  /// JSON of a schema of the document.
  ///
  /// - Parameter examples: their names in the document's `components`.
  package static func json(_ schema: String, _ examples: String...) -> Self {
    Self(type: "application/json", schema: .named(schema), examples: examples)
  }

  /// Server-sent events.
  package static func events(_ schema: String, mark: String? = nil, _ examples: String...) -> Self {
    Self(type: "text/event-stream", schema: .events(schema, mark: mark), examples: examples)
  }

  /// JSON objects, one a line.
  package static func lines(_ schema: String, _ examples: String...) -> Self {
    Self(type: "application/x-ndjson", schema: .lines(schema), examples: examples)
  }

  /// Text in a media type that no schema tells more of.
  package static func text(_ type: String) -> Self { Self(type: type, schema: .text) }
}

extension Operation.Response {
  /// 200 with a body in one of these media types.
  package static func ok(_ summary: String, _ content: Operation.Content...) -> Self {
    Self(status: 200, summary: summary, content: content)
  }

  /// 304, for a client that has the file as it is.
  package static let notModified = Self(
    status: 304, summary: "It is as it was: `If-None-Match` names its `ETag`.", fields: [.entityTag])

  /// A success without a body.
  package static func empty(_ status: Int, _ summary: String) -> Self {
    Self(status: status, summary: summary)
  }
}

extension Operation.Parameter {
  /// A parameter of the query, which may be left out.
  package static func query(_ name: String, _ schema: ParameterSchema, _ summary: String) -> Self {
    Self(name: name, place: .query, summary: summary, schema: schema, isRequired: false)
  }

  /// The parameter of the path that stands in braces in the route's pattern.
  package static func path(_ name: String, _ schema: ParameterSchema, _ summary: String, example: String)
    -> Self
  {
    Self(name: name, place: .path, summary: summary, schema: schema, isRequired: true, example: example)
  }

  /// A header field of the request.
  package static func header(
    _ name: String, _ schema: ParameterSchema, _ summary: String, isRequired: Bool = true,
    example: String? = nil
  ) -> Self {
    Self(
      name: name, place: .header, summary: summary, schema: schema, isRequired: isRequired, example: example)
  }

  /// The `{id}` of the paths of one session.
  package static let session = path("id", .named("SessionID"), "The session.", example: "tour")
  /// The first of a page's two parameters: see `PageWindow` in `Chat`.
  package static let skip = query(
    "skip", .integer(in: 0...QueryParameters.largestNumber, standard: 0), "How many to leave out.")
  /// The header field by which a client says whose sessions it means.
  package static let sessionToken = header(
    "X-Session-Token", .text,
    "Whose sessions are meant: a token of `POST /api/v1/chat/token`. Without a valid one it is by where the request comes "
      + "from, or by the chat page's cookie.", isRequired: false)
  /// The header field by which a client bounds its wait for a server.
  package static let waitLimit = header(
    "X-Request-Timeout", .integer(in: 0...86_400, standard: nil),
    "The most seconds that the request waits for a server, where that is less than `queue_timeout`.",
    isRequired: false)
  /// The second of a page's two parameters.
  package static let limit = query("limit", .integer(in: 1...500, standard: 50), "How many to give at most.")
}

extension Operation.Field {
  /// That of a file or document.
  package static let entityTag = Operation.Field("ETag", "What tells this version from others.")
}
