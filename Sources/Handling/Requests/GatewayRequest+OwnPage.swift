internal import Access
internal import HTTPFields
internal import HTTPServer

// Of which page the request comes, as far as its browser says so.
extension GatewayRequest {
  /// Whether it may change something, or opens a WebSocket, by which much can be changed.
  package var changesAnything: Bool {
    !OwnPage.isSafe(method) || exchange.request.fields.contains("upgrade")
  }

  /// Whether a page of the gateway's own has sent it.
  package var isOfOwnPage: Bool {
    let fields = exchange.request.fields
    let host = forwarded?.host ?? fields.first("host")
    return OwnPage.hasSent(
      origin: fields.first("origin"), fetchSite: fields.first("sec-fetch-site"),
      host: host.flatMap { Authority($0) }, isSecure: forwarded?.isSecure == true)
  }

  /// Where it says which page it comes of, that must be one of the gateway's own. Programs say nothing of pages, and every browser does
  /// where it changes something for a page of another origin.
  ///
  /// - Throws: 403.
  package func requireOwnPageIfAny() throws(RequestFailure) {
    let fields = exchange.request.fields
    guard fields.contains("origin") || fields.contains("sec-fetch-site"), !isOfOwnPage else { return }
    throw .notOwnPage
  }
}
