internal import CCurl

/// Why there is no connection over TLS, or no longer.
public struct TLSError: Error, Sendable, Equatable {
  /// libcurl's own words, which may hold names out of the peer's certificate.
  public let reason: String
  /// Whether another try would fail the same way: a certificate that is not to be believed, a host that is no name.
  public let isFinal: Bool

  /// - Parameter detail: what libcurl has said beside its code; may be empty.
  init(_ code: CURLcode, _ detail: String = "") {
    reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    switch code {
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_CERTPROBLEM,
      CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_NOT_BUILT_IN:
      isFinal = true
    default: isFinal = false
    }
  }
}
