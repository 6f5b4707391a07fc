internal import Bytes
internal import CCrypto
internal import System

/// A strict issuer of tokens for tests (OpenID Connect), on 127.0.0.1: discovery, keys, and codes for tokens with PKCE. It takes each code
/// once, from the client that has asked for it, with its redirect URI and verifier.
public final class ScriptedIssuer: Sendable {

  private struct Grant {
    let redirectURL: String
    let challenge: String
    let nonce: String
    let claims: String
  }

  private struct State {
    var keys: [TestTokenKey] = [.ed25519]
    var grants: [String: Grant] = [:]
    var nextCode = 1
    var replacement: (@Sendable (ScriptedOllama.Request) -> Script?)?
    var claimsEdit: (@Sendable (String) -> String)?
    var signature: (@Sendable (String, TestTokenKey) -> String)?
  }

  private let server: ScriptedOllama
  private let state = Lock(State())
  public let clientID = "gateway"
  /// Comes along with each id_token; no token of ours.
  public static let accessToken = "opaque-MARKED-access"
  public let secret = "the+secret/of:tests"

  /// Starts it on a free port.
  public init(port: UInt16 = 0) throws {
    server = try ScriptedOllama(port: port)
    server.respond { [weak self] request in self?.script(for: request) ?? .text("gone", status: 500) }
  }

  /// `iss`.
  public var url: String { server.url }
  public var port: UInt16 { server.port }

  /// Closes its port.
  public func stop() { server.stop() }

  /// The paths that were asked for, in their order.
  public var paths: [String] { server.requests.map(\.path) }

  /// What it was asked.
  public var requests: [ScriptedOllama.Request] { server.requests }

  /// It signs by the first of these, and publishes all, from now on.
  public func use(_ keys: [TestTokenKey]) { state.withLock { $0.keys = keys } }

  /// Requests for which `script` is not nil have that for their response.
  public func replace(_ script: (@Sendable (ScriptedOllama.Request) -> Script?)?) {
    state.withLock { $0.replacement = script }
  }

  /// Lets scripts go on that wait at a gate of this name.
  public func open(_ gate: String) { server.open(gate) }

  /// Its id_tokens have other claims from now on.
  public func editClaims(_ edit: (@Sendable (String) -> String)?) { state.withLock { $0.claimsEdit = edit } }

  /// Its id_tokens are made of their claims in another way from now on.
  public func sign(_ signature: (@Sendable (String, TestTokenKey) -> String)?) {
    state.withLock { $0.signature = signature }
  }

  /// A bearer token for a person.
  ///
  /// - Parameter more: members of it, with a comma before them.
  public func token(_ claims: String, seconds: Int64 = 300, more: String = "", by key: TestTokenKey? = nil)
    -> String
  {
    let now = Timestamp.now.millisecondsSince1970 / 1000
    let key = key ?? state.withLock { $0.keys[0] }
    return key.token(
      #"{"iss":"\#(url)","aud":"\#(clientID)","iat":\#(now),"exp":\#(now + seconds),\#(claims)\#(more)}"#)
  }

  /// What the issuer's page does for a person who signs in: takes the address that a browser was sent to, and says where it sends it back.
  /// Nil where the address is none that it takes.
  public func signIn(at address: String, as claims: String) -> String? {
    guard address.hasPrefix("\(url)/auth?") else { return nil }
    let query = Self.form(String(address.dropFirst("\(url)/auth?".utf8.count)))
    guard query["response_type"] == "code", query["client_id"] == clientID,
      query["scope"]?.split(separator: " ").contains("openid") == true,
      query["code_challenge_method"] == "S256",
      let challenge = query["code_challenge"], challenge.utf8.count == 43,
      let redirectURL = query["redirect_uri"],
      let state = query["state"], !state.isEmpty, let nonce = query["nonce"], !nonce.isEmpty
    else { return nil }
    let code = self.state.withLock { state in
      let code = "MARKED-code-\(state.nextCode)"
      state.nextCode += 1
      state.grants[code] = Grant(redirectURL: redirectURL, challenge: challenge, nonce: nonce, claims: claims)
      return code
    }
    return "\(redirectURL)?code=\(code)&state=\(state)&iss=\(url)"
  }

  private func script(for request: ScriptedOllama.Request) -> Script {
    if let replacement = state.withLock({ $0.replacement }), let script = replacement(request) {
      return script
    }
    switch (request.method, request.path) {
    case ("GET", "/.well-known/openid-configuration"):
      return .json(
        """
        {"issuer":"\(url)","authorization_endpoint":"\(url)/auth","token_endpoint":"\(url)/token",
        "jwks_uri":"\(url)/jwks","end_session_endpoint":"\(url)/logout","response_types_supported":["code"],
        "code_challenge_methods_supported":["S256"],"authorization_response_iss_parameter_supported":true}
        """)
    case ("GET", "/jwks"):
      let keys = state.withLock { $0.keys }
      return .json(#"{"keys":[\#(keys.map(\.jwk).joined(separator: ","))]}"#)
    case ("POST", "/token"): return exchange(request)
    default: return .text("nothing", status: 404)
    }
  }

  private func exchange(_ request: ScriptedOllama.Request) -> Script {
    func refuse(_ word: String) -> Script { .json(#"{"error":"\#(word)"}"#, status: 400) }
    let form = Self.form(request.text)
    guard
      request.headers["authorization"] == "Basic \(Base64.text(of: Array(Self.basic(clientID, secret).utf8)))"
    else { return .json(#"{"error":"invalid_client"}"#, status: 401) }
    guard form["grant_type"] == "authorization_code" else { return refuse("unsupported_grant_type") }
    let found = state.withLock { state in
      (
        form["code"].flatMap { state.grants.removeValue(forKey: $0) }, state.keys[0], state.claimsEdit,
        state.signature
      )
    }
    guard let grant = found.0, form["redirect_uri"] == grant.redirectURL,
      let verifier = form["code_verifier"],
      Self.challenge(of: verifier) == grant.challenge
    else { return refuse("invalid_grant") }
    let now = Timestamp.now.millisecondsSince1970 / 1000
    var claims =
      #"{"iss":"\#(url)","aud":"\#(clientID)","iat":\#(now),"exp":\#(now + 300),"nonce":"\#(grant.nonce)",\#(grant.claims)}"#
    if let edit = found.2 { claims = edit(claims) }
    let token = found.3?(claims, found.1) ?? found.1.token(claims)
    return .json(
      #"{"access_token":"\#(Self.accessToken)","token_type":"Bearer","expires_in":300,"id_token":"\#(token)"}"#
    )
  }

  private static func basic(_ id: String, _ secret: String) -> String {
    let escaped = secret.utf8.map { byte in
      ASCII.isAlphanumeric(byte)
        ? String(decoding: [byte], as: UTF8.self) : "%" + Hexadecimal.text(of: [byte]).uppercased()
    }
    return "\(id):\(escaped.joined())"
  }

  static func challenge(of verifier: String) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    let bytes = Array(verifier.utf8)
    EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    return Base64URL.text(of: digest)
  }

  /// Of two members of one name the last counts.
  private static func form(_ text: String) -> [String: String] {
    var members: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      members[PercentEncoding.decodeForm(parts[0].utf8)] =
        parts.count > 1 ? PercentEncoding.decodeForm(parts[1].utf8) : ""
    }
    return members
  }
}
