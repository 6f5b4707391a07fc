package import Fleet
internal import HTTPClient
internal import HTTPFields

/// An Ollama server behind the gateway, as the operator has configured it. Immutable; equal are those of the same name and URL.
package final class UpstreamServer: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host, port and perhaps a path, without a slash at the end.
  package let url: String
  /// What the operator calls it; nil for one that was given no name. Clients are told names and never URLs.
  package let name: String?
  /// How much of the work it takes, and which.
  package let limits: UpstreamServerLimits
  private let origin: ServerOrigin
  /// The path that stands before those of the API.
  private let base: String

  /// - Parameter url: as ``url`` is.
  package init(url: String, name: String? = nil, limits: UpstreamServerLimits = UpstreamServerLimits()) {
    self.url = url
    self.name = name
    self.limits = limits
    let parts = RequestURL(url)
    origin = parts.origin
    base = parts.target
  }

  /// Whether the operator has given it a login of the gateway's.
  var hasCredentials: Bool { false }

  /// How the log and operators' views call it.
  package var description: String { name ?? url }

  package static func == (left: UpstreamServer, right: UpstreamServer) -> Bool {
    if left === right { return true }
    guard left.url.hasSameBytes(as: right.url) else { return false }
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
      maxInFlight: limits.maxInFlight, maxLoaded: limits.maxLoaded, models: limits.models)
  }

  /// A request as it is sent to this server.
  func request(_ request: UpstreamRequest, within timeouts: TransferTimeouts) -> ClientRequest {
    ClientRequest(
      method: request.method, origin: origin, target: base.isEmpty ? request.path : base + request.path,
      fields: request.fields, body: request.body, expectsStream: request.expectsStream, timeouts: timeouts)
  }
}

/// How much of the work a server takes, and which. See ``FleetServer``.
package struct UpstreamServerLimits: Sendable, Equatable {
  package var tier = 0
  package var weight = 1.0
  package var parallel: Int?
  package var maxInFlight: Int?
  package var maxLoaded: Int?
  package var models = FleetModelRules()

  package init() {}
}
