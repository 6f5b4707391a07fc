internal import Access
internal import Fleet
internal import Handling
internal import OllamaAPI
internal import Upstreams

/// What the relay does with the requests of one path.
struct RelayRoute: Sendable {
  /// What is read of a request's body before it goes on.
  enum Body: Sendable {
    /// None is taken.
    case none
    /// JSON, read whole: for `model`, `stream` and `keep_alive`.
    case json
    /// Read whole and passed on unread.
    case opaque
    /// Read whole: as JSON where it begins with a brace, whatever its type says, and passed on unread else.
    case unknown
    /// Passed on as it comes, of any size.
    case stream
  }

  /// Which leave of the operator's a request needs beside its ``rule``.
  enum Leave: Sendable {
    case none
    case cloudModels
    /// That, or the caller's to change the servers.
    case managementOrCloudModels
  }

  /// What becomes of a request where there are several servers.
  enum Spread: Sendable, Equatable {
    /// It goes to one.
    case one
    /// All are asked, and what they list is made one.
    case list(ModelList)
    /// All are asked for their version.
    case version
    /// It goes to all that are up, or those that the client names.
    case all
    /// It goes to the first of the operator's list that is up, or those that the client names.
    case first
  }

  /// Who may come to it.
  let rule: RouteRule
  /// What Ollama has to do: that decides how long it may take.
  let work: UpstreamWork
  let leave: Leave
  /// What it needs of the server that it goes to.
  let need: FleetRequest.Kind
  let body: Body
  let spread: Spread
  /// What is read of a body of JSON beside `model` and `stream`.
  let interests: RequestProbe.Interests
  /// Whether it is known which models a request has to do with.
  private(set) var isKnown = true
  /// What the response carries if it is a stream, to tell a whole one from one that broke off.
  let stream: StreamKind?

  static func inference(
    _ stream: StreamKind? = nil, reading interests: RequestProbe.Interests = [], body: Body = .json,
    need: FleetRequest.Kind = .generation
  ) -> RelayRoute {
    RelayRoute(.scope(.inference), .inference, body, stream, interests, need: need)
  }

  static func list(_ list: ModelList) -> RelayRoute {
    RelayRoute(.scope(.modelsRead), .read, .none, spread: .list(list))
  }

  static func management(
    _ body: Body, _ stream: StreamKind? = nil, spread: Spread = .first
  ) -> RelayRoute {
    RelayRoute(.scope(.modelsManage), .management, body, stream, spread: spread)
  }

  /// Whether it may change the models that there are.
  var changesModels: Bool { rule == .scope(.modelsManage) }

  /// The same of a path of which nobody knows.
  var unknown: RelayRoute {
    var route = self
    route.isKnown = false
    return route
  }

  /// Whether names stand for models there.
  var takesAliases: Bool { work == .inference || need == .question }

  init(
    _ rule: RouteRule, _ work: UpstreamWork, _ body: Body, _ stream: StreamKind? = nil,
    _ interests: RequestProbe.Interests = [],
    leave: Leave = .none, need: FleetRequest.Kind = .general, spread: Spread = .one
  ) {
    self.rule = rule
    self.spread = spread
    self.need = need
    self.work = work
    self.leave = leave
    self.body = body
    self.stream = stream
    self.interests = interests
  }
}
