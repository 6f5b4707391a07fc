internal import CCurl

/// Why a transfer did not come to its end. `detail` is libcurl's own sentence, for the log.
public enum TransferError: Error, Equatable, CustomStringConvertible {
  /// The name did not resolve, nobody accepts connections there, or TLS finds the other side not to be believed.
  case unreachable(detail: String)
  /// No open connection within ``TransferTimeouts/connect``.
  case connectTimeout
  /// No response within ``TransferTimeouts/firstByte``.
  case firstByteTimeout
  /// The response stopped for longer than ``TransferTimeouts/idle``.
  case idleTimeout
  /// The server closed or reset the connection before the response was whole.
  case brokenOff(detail: String)
  /// The kept connection that it went out on turned out to be closed before any byte of a response: the server may have closed it
  /// for its age, or have died. Only with ``ClientRequest/Reuse/fails``.
  case staleConnection
  /// What came is not an HTTP response, or past our bounds of one.
  case malformed(detail: String)
  /// No memory left for it, or no place in the kernel's tables.
  case exhausted
  /// Anything else: a defect of ours.
  case failed(detail: String)

  public var description: String {
    switch self {
    case .unreachable(let detail): "unreachable: \(detail)"
    case .connectTimeout: "no connection in time"
    case .firstByteTimeout: "no response in time"
    case .idleTimeout: "the response stopped"
    case .brokenOff(let detail): "broken off: \(detail)"
    case .staleConnection: "the kept connection was closed"
    case .malformed(let detail): "not a response: \(detail)"
    case .exhausted: "out of memory"
    case .failed(let detail): detail
    }
  }

  /// The one place where libcurl's codes become ours (libcurl-errors(3)).
  ///
  /// - Parameter text: libcurl's own words; where it has none the name of the error.
  init(code: CURLcode, text: String = "") {
    let detail = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      self = .unreachable(detail: detail)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT:
      self = .unreachable(detail: detail)
    case CURLE_OPERATION_TIMEDOUT:
      // libcurl is given a time limit for connecting only.
      self = .connectTimeout
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
      self = .brokenOff(detail: detail)
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
      self = .malformed(detail: detail)
    default:
      // `CURLE_OUT_OF_MEMORY` among them: it is also what libcurl says of a header line that is too long.
      self = .failed(detail: detail)
    }
  }
}
