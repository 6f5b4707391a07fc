internal import Configuration
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

extension Worker {
  /// Starts to pass a request on to Ollama.
  func relay(_ request: GatewayRequest, _ route: RelayRoute) throws(RequestFailure) {
    if route.isManagement && !settings.configuration.allowModelManagement {
      throw RequestFailure(
        403,
        "this request changes the Ollama server; start the gateway with --allow-model-management to let it.")
    }
    let relay = Relay(
      request, route, client: client, reader: reader, metrics: metrics, heartbeats: heartbeats,
      warnings: services.upstreamWarnings,
      url: request.target.ollamaURL, timeouts: settings.timeouts(for: route.work))
    request.upstream = settings.ollama.url
    switch route.body {
    case .none: relay.start(.none)
    case .stream: relay.startUpload()
    case .opaque:
      request.exchange.collectBody(limit: settings.configuration.maxBodyBytes) { relay.start(.bytes($0)) }
    case .json:
      let reading = RelayProbe.Reading(allowsManagement: settings.configuration.allowModelManagement)
      request.exchange.collectBody(limit: settings.configuration.maxBodyBytes) {
        relay.start(json: $0, reading)
      }
    }
  }
}
