internal import Access
internal import Handling

import OllamaAPI
import Upstreams

// Paths of Ollama's folders that have no route here: what they do is not known, only what they may do.
extension RelayRoute {
  /// - Parameter path: decoded, and below `/api/` or `/v1/`.
  static func other(_ path: String, _ method: String) -> RelayRoute { guess(path, method).unknown }

  private static func guess(_ path: String, _ method: String) -> RelayRoute {
    let isRead = method == "GET" || method == "HEAD"
    if searchesWeb(path) {
      return RelayRoute(
        .scope(.inference), isRead ? .read : .inference, isRead ? .none : .unknown, leave: .cloudModels)
    }
    // How long it takes nobody knows: perhaps it is a download.
    if isRead { return RelayRoute(.scope(.modelsRead), .management, .none) }
    guard method != "DELETE", path.utf8.starts(with: "/v1/".utf8) else { return .management(.unknown) }
    let mayHaveTools = ["/v1/messages/", "/v1/responses/"].contains { path.utf8.starts(with: $0.utf8) }
    return .inference(reading: mayHaveTools ? .tools : [], body: .unknown)
  }

  /// Whether Ollama asks its maker to search the web or to fetch a page of it, at the account's cost.
  private static func searchesWeb(_ path: String) -> Bool {
    ["/api/experimental/web_", "/api/web_"].contains { path.utf8.starts(with: $0.utf8) }
  }
}
