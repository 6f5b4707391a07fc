internal import Bytes
internal import System

/// Which web pages may talk to the gateway: the guard against cross-site requests.
///
/// A browser lets every page send requests to the gateway, with side effects, whatever CORS says about reading the
/// response; so a foreign page is refused before its request does anything.
///
/// A value type without mutable state: any thread may use it.
public struct OriginPolicy: Sendable {
  private let allowsEverything: Bool
  private let patterns: [OriginPattern]

  /// - Parameter allowed: what `--allowed-origin` adds to the loopback names and the gateway's own origin.
  public init(allowed: [OriginPattern]) {
    allowsEverything = allowed.contains(.any)
    patterns = allowed
  }

  /// What to do with a request by the headers that a browser adds.
  public enum Decision: Equatable, Sendable {
    /// Serve it. It is no cross-origin request of a browser: no CORS headers are called for.
    case noOrigin
    /// Serve it, with the CORS headers for this origin (as the client wrote it).
    case allowed(origin: String)
    /// Respond 403 with this sentence, which names the option that would allow it.
    case refused(String)
  }

  /// Decides on one request. Ask ``HostPolicy`` first: `host` must be one that it allowed, since a page of the host's own
  /// origin is let through.
  ///
  /// - Parameters:
  ///   - origin: the Origin header.
  ///   - host: the Host header as the host policy read it.
  ///   - fetchSite: the Sec-Fetch-Site header (W3C Fetch Metadata): of use only where Origin is missing, as for
  ///     `<img src>` and `<script src>`.
  ///   - fetchMode: the Sec-Fetch-Mode header. `navigate` is a user who followed a link.
  public func decide(
    origin: String?, host: Authority?, fetchSite: String? = nil, fetchMode: String? = nil
  ) -> Decision {
    guard let origin else {
      guard fetchSite == "cross-site", fetchMode != "navigate", !allowsEverything else { return .noOrigin }
      return .refused(
        "This request comes from a page of another site (Sec-Fetch-Site: cross-site); only --allowed-origin '*' "
          + "lets such requests without an Origin header in.")
    }
    if allowsEverything {
      guard isEchoable(origin) else { return .refused("The Origin header is not an origin.") }
      return .allowed(origin: origin)
    }
    if isOfApplication(origin) { return .allowed(origin: origin) }
    if origin == "null" {
      return .refused(
        "The origin \"null\" (a file, a sandboxed frame or a redirect) is not allowed; only --allowed-origin '*' "
          + "allows it.")
    }
    guard let parsed = Origin(origin) else { return .refused("The Origin header is not an origin.") }
    if isOwn(parsed, host: host) || patterns.contains(where: { $0.matches(parsed) }) {
      return .allowed(origin: origin)
    }
    return .refused(
      "The origin \"\(parsed)\" is not allowed; start the gateway with --allowed-origin \(parsed) to allow it."
    )
  }

  /// The schemes that programs of this machine have for their own pages, as Ollama takes them: no page of the web has one.
  private static let applicationSchemes = ["app", "tauri", "vscode-webview", "vscode-file", "file"]

  /// A page of such a program, whatever its host is called (`app://-`, `file://`).
  private func isOfApplication(_ origin: String) -> Bool {
    guard isEchoable(origin), let (scheme, _) = Origin.split(origin) else { return false }
    return OriginPolicy.applicationSchemes.contains { $0.utf8.elementsEqual(scheme.utf8) }
  }

  /// A loopback page by http or https, also one of 0.0.0.0, by which a server of this machine may be called, or a page of the
  /// host that the request is for. The gateway cannot know whether a
  /// proxy in front of it ends TLS, so the origin's scheme is taken for the host's, and with it the scheme's port.
  private func isOwn(_ origin: Origin, host: Authority?) -> Bool {
    guard origin.scheme == "http" || origin.scheme == "https" else { return false }
    if origin.host.isLoopback || origin.host == .address(.v4(0)) { return true }
    guard let host else { return false }
    return Origin(scheme: origin.scheme, authority: host) == origin
  }

  /// May the text go back in a header as it is?
  private func isEchoable(_ origin: String) -> Bool {
    !origin.isEmpty && origin.utf8.count <= Origin.longest && origin.utf8.allSatisfy(ASCII.isVisible)
  }
}
