internal import Fleet
internal import HTTPClient
internal import HTTPFields

/// An Ollama server behind the gateway, as the operator has configured it. Immutable.
package final class UpstreamServer: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host, port and perhaps a path, without a slash at the end.
  package let url: String
  /// What the operator calls it; nil for one that was given no name. Clients are told names and never URLs.
  package let name: String?
  /// How much of the work it takes, and which.
  package let limits: UpstreamServerLimits
  /// How the two know each other.
  package let login: UpstreamLogin
  private let origin: ServerOrigin
  /// The path that stands before those of the API.
  private let base: String

  /// - Parameter url: as ``url`` is.
  package init(
    url: String, name: String? = nil, limits: UpstreamServerLimits = UpstreamServerLimits(),
    login: UpstreamLogin = UpstreamLogin()
  ) {
    self.url = url
    self.name = name
    self.limits = limits
    self.login = login
    let parts = RequestURL(url)
    origin = parts.origin
    base = parts.target
  }

  /// Whether the operator has given it a login of the gateway's.
  var hasCredentials: Bool { login.hasCredentials }

  /// How the log and operators' views call it.
  package var description: String { name ?? url }

  /// Whether both are the same machine's, whatever else was said of them: what is known of the one holds for the other.
  package func isSame(as other: UpstreamServer) -> Bool {
    self === other || url.hasSameBytes(as: other.url)
  }

  /// Equal are those of which the same was said.
  package static func == (left: UpstreamServer, right: UpstreamServer) -> Bool {
    if left === right { return true }
    guard left.isSame(as: right), left.limits == right.limits, left.login == right.login else { return false }
    return switch (left.name, right.name) {
    case (nil, nil): true
    case (let one?, let other?): one.hasSameBytes(as: other)
    default: false
    }
  }

  /// As the scheduler knows it.
  func fleetServer(_ id: FleetServerID) -> FleetServer {
    FleetServer(
      id: id, name: description, tier: limits.tier, weight: limits.weight, parallel: limits.parallel,
      maxInFlight: limits.maxInFlight, maxLoaded: limits.maxLoaded, models: limits.models,
      pins: limits.pins)
  }

  /// A request as it is sent to this server.
  ///
  /// - Parameter reuse: see ``ClientRequest/Reuse``. What changes a server goes out once in any case.
  func request(
    _ request: UpstreamRequest, within timeouts: TransferTimeouts, _ reuse: ClientRequest.Reuse = .resends
  ) -> ClientRequest {
    let isChange = request.work == .management && request.method != "GET" && request.method != "HEAD"
    return ClientRequest(
      method: request.method, origin: origin, target: base.isEmpty ? request.path : base + request.path,
      fields: request.fields.overridden(by: login.fields), body: request.body,
      expectsStream: request.expectsStream, timeouts: timeouts,
      reuse: isChange ? .none : reuse, tls: login.tls)
  }
}
