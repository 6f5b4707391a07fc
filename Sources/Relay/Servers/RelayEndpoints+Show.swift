internal import EventLoop
internal import Fleet
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

// What a model is, where there are several servers.
extension RelayEndpoints {
  /// Lets a request for what a model is be responded to from what is known, and what comes of it be known.
  func remembersShow(_ relay: Relay, _ request: GatewayRequest) {
    relay.divert = { [self, weak relay] body, probe in
      let upstreams = context.upstreams
      let changes = upstreams.pool.modelChanges
      guard let name = probe.model, let stamp = changes.stamp,
        let digest = upstreams.pool.digest(of: upstreams.canonicalName(name))
      else { return false }
      if let (head, content) = shown.response(to: body, digest: digest, at: context.loop.now) {
        request.respond(
          ServerResponse(status: head.status, fields: RelayFields.toClient(head), body: .bytes(content)))
        return true
      }
      relay?.onWhole = { [self] head, content in
        // What has changed meanwhile nobody knows.
        guard changes.stamp == stamp else { return }
        shown.note(head, content, to: body, digest: digest, at: context.loop.now)
      }
      return false
    }
  }
}
