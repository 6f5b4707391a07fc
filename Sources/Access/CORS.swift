internal import Bytes

/// The response headers of cross-origin resource sharing (WHATWG Fetch, "CORS protocol") for an origin that
/// ``OriginPolicy`` allowed. Names are as they go on the wire.
public enum CORS {
  /// A header to add to a response.
  public typealias Header = (name: String, value: String)

  /// The longest Access-Control-Request-Headers that is reflected, in bytes.
  static let longestRequest = 4096

  /// How long a browser may keep the response to a preflight, in seconds: the most that Chromium honours.
  static let maxAge = "7200"

  /// What the relay and the chat API take.
  static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

  /// What a page may read besides the safelisted headers: OpenAI's and Anthropic's clients look for all of them.
  static let exposed =
    "X-Request-Id, X-Client-Request-Id, Request-Id, Retry-After, Retry-After-Ms, X-Should-Retry, WWW-Authenticate, "
    + "OpenAI-Processing-Ms, Server-Timing, X-Gateway-Server, X-Gateway-Queue, X-Gateway-Attempts, X-Gateway-Affinity, "
    + "X-Gateway-Context"

  /// Headers for a response to a request (not a preflight) of an allowed origin.
  public static func responseHeaders(origin: String) -> [Header] {
    [
      ("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", exposed), ("Vary", "Origin"),
    ]
  }

  /// Is an OPTIONS request a preflight? It is one when it has both headers.
  public static func isPreflight(origin: String?, requestMethod: String?) -> Bool {
    origin != nil && requestMethod != nil
  }

  /// Headers of the response (204) to a preflight of an allowed origin.
  ///
  /// - Parameters:
  ///   - requestHeaders: Access-Control-Request-Headers. Reflected when each is the name of a header that a page may write
  ///     and there are at most 4,096 bytes of them; else ``allowedHeaders`` go out.
  ///   - requestPrivateNetwork: Access-Control-Request-Private-Network: a page of the public web asks to reach this
  ///     machine.
  ///   - userField: the field in which a trusted proxy names the user, in lower case; empty: none.
  public static func preflightHeaders(
    origin: String, requestHeaders: String?, requestPrivateNetwork: String?, userField: [UInt8] = []
  ) -> [Header] {
    var headers: [Header] = [
      ("Access-Control-Allow-Origin", origin),
      ("Access-Control-Allow-Methods", methods),
      ("Access-Control-Allow-Headers", allowed(requestHeaders, userField: userField)),
      ("Access-Control-Max-Age", maxAge),
    ]
    var vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    if requestPrivateNetwork == "true" {
      headers.append(("Access-Control-Allow-Private-Network", "true"))
      vary += ", Access-Control-Request-Private-Network"
    }
    headers.append(("Vary", vary))
    return headers
  }

  private static func allowed(_ requested: String?, userField: [UInt8]) -> String {
    if let names = requested.flatMap({ reflected($0, userField: userField) }) { return names }
    guard allowedHeaders.contains(where: { $0.utf8.elementsEqual(userField) }) else {
      return allowedHeadersLine
    }
    return allowedHeaders.filter { !$0.utf8.elementsEqual(userField) }.joined(separator: ", ")
  }

  /// The requested names as they came, or nil when one of them is none or not for pages, or there are too many.
  private static func reflected(_ names: String, userField: [UInt8]) -> String? {
    guard !names.isEmpty, names.utf8.count <= longestRequest else { return nil }
    for field in names.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let name = field.withoutBlanks
      guard !name.isEmpty, name.allSatisfy(ASCII.isTokenCharacter),
        !isOfProxies(name.map(ASCII.lowercased), userField)
      else { return nil }
    }
    return names
  }

  /// Whether a proxy says by it for whom it asks: a page that writes it on the proxy's machine would be believed.
  ///
  /// - Parameter name: in lower case.
  private static func isOfProxies(_ name: [UInt8], _ userField: [UInt8]) -> Bool {
    name.starts(with: "x-forwarded-".utf8) || name.elementsEqual("forwarded".utf8)
      || name.elementsEqual("x-real-ip".utf8) || name == userField
  }
}
