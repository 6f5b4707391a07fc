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
    let origin = fields.first("origin")
    // Of a handshake `Origin` alone is asked: not every browser takes its wss:// for the https:// of the page, and no page writes fields there.
    let isHandshake = origin != nil && fields.contains("upgrade")
    return OwnPage.hasSent(
      origin: origin, fetchSite: isHandshake ? nil : fields.first("sec-fetch-site"),
      host: host.flatMap { Authority($0) },
      isSecure: forwarded?.isSecure == true)
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

  /// Whether a page that is none of the gateway's own has led a browser here: by a link, a redirect, or a script of its own. Who types the
  /// address is led by nobody.
  package var isLedFromElsewhere: Bool {
    guard let site = exchange.request.fields.first("sec-fetch-site") else { return false }
    return site != "same-origin" && site != "none"
  }

  /// Whether a page that is none of the gateway's own has sent it, as far as its browser says. Who follows a link, or types an address, is no
  /// page: of such a request no page can write a field.
  package var isOfAnotherPage: Bool {
    let fields = exchange.request.fields
    let hasOrigin = fields.contains("origin")
    guard hasOrigin || fields.contains("sec-fetch-site"), !isOfOwnPage else { return false }
    return hasOrigin || fields.first("sec-fetch-mode") != "navigate"
  }
}
