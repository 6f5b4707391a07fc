internal import Access
internal import HTTPFields
internal import HTTPServer

/// Lets requests in, or refuses them: by their `Host` and `Origin`. Lives on its worker's loop.
package final class Admission {
  /// The last `Host` that was let in, and what it says.
  private var lastHost: (value: [UInt8], authority: Authority)?
  private var settings: LiveSettings

  /// - Parameter settings: have the policies, until ``reload(_:)``.
  package init(_ settings: LiveSettings) { self.settings = settings }

  /// From now on other settings hold.
  package func reload(_ settings: LiveSettings) {
    self.settings = settings
    lastHost = nil
  }

  /// Lets in whom the policies of Host and Origin let in.
  ///
  /// - Returns: whether the request was a CORS preflight, which has its response then.
  package func admit(_ request: GatewayRequest) throws(RequestFailure) -> Bool {
    let fields = request.exchange.request.fields
    var host = try admitHost(fields)
    // In its place for the page's own origin. Host is checked as well: a page whose name is made to mean this machine can
    // write the other field, and then seems to come from a proxy here.
    if let original = request.forwarded?.host { host = try admit(host: original, of: "X-Forwarded-Host") }
    let origin = fields.first("origin")
    let decision = settings.originPolicy.decide(
      origin: origin, host: host, fetchSite: fields.first("sec-fetch-site"),
      fetchMode: fields.first("sec-fetch-mode"))
    switch decision {
    case .noOrigin: return false
    case .refused(let reason): throw RequestFailure(403, reason)
    case .allowed(let allowed): request.corsFields = CORS.responseHeaders(origin: allowed)
    }
    let requestMethod = fields.first("access-control-request-method")
    guard request.method == "OPTIONS", CORS.isPreflight(origin: origin, requestMethod: requestMethod),
      let origin
    else { return false }
    request.route = RouteNumbers.preflight
    request.corsFields = CORS.preflightHeaders(
      origin: origin, requestHeaders: fields.first("access-control-request-headers"),
      requestPrivateNetwork: fields.first("access-control-request-private-network"),
      userField: settings.userField)
    request.respond(ServerResponse(status: 204))
    return true
  }

  /// What is known of a `Host` and `Origin` that are the last request's.
  private func admitHost(_ fields: FieldSection) throws(RequestFailure) -> Authority? {
    if let lastHost {
      let isKnown = fields.withFirst("host") { field in
        lastHost.value.withUnsafeBytes { field.value.hasSameBytes(as: $0) }
      }
      if isKnown == true { return lastHost.authority }
    }
    let authority = try admit(host: fields.first("host"), of: "Host")
    if let authority { fields.withFirst("host") { lastHost = (Array($0.value), authority) } }
    return authority
  }

  private func admit(host: String?, of field: StaticString) throws(RequestFailure) -> Authority? {
    switch settings.hostPolicy.decide(host, of: field) {
    case .allowed(let authority): return authority
    case .malformed(let reason): throw RequestFailure(400, reason)
    case .refused(let reason): throw RequestFailure(403, reason)
    }
  }
}
