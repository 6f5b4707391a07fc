/// Whether a request comes of a page of the gateway's own: what a cookie alone never shows, as browsers send it along whatever page asks.
public enum OwnPage {
  /// Whether a method changes nothing (RFC 9110 section 9.2.1).
  public static func isSafe(_ method: String) -> Bool {
    method == "GET" || method == "HEAD" || method == "OPTIONS"
  }

  /// Whether a page of the gateway's own has sent the request, by the fields that browsers add and no script can write.
  ///
  /// Stricter than ``OriginPolicy``: neither pages that the operator allows nor those of other ports of this machine are its own.
  ///
  /// - Parameters:
  ///   - origin: `Origin`.
  ///   - fetchSite: `Sec-Fetch-Site`: must not say another than `Origin`, and counts by itself where there is none.
  ///   - host: the host that the request is for, as ``HostPolicy`` has let it in: a trusted proxy's `X-Forwarded-Host`, else `Host`.
  ///   - isSecure: whether the request came by TLS.
  public static func hasSent(origin: String?, fetchSite: String?, host: Authority?, isSecure: Bool) -> Bool {
    let isOwnByFetch = fetchSite.map { $0.utf8.elementsEqual("same-origin".utf8) }
    guard let origin else { return isOwnByFetch ?? false }
    guard isOwnByFetch ?? true, let host, let page = Origin(origin) else { return false }
    return Origin(scheme: isSecure ? "https" : "http", authority: host) == page
  }
}
