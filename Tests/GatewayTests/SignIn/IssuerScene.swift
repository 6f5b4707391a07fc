import Access
import Accounts
import Configuration
import GatewayTesting
import Testing

@testable import Gateway
@testable import Handling

/// A gateway whose users sign in at an issuer, and that issuer.
struct IssuerScene: Sendable {
  let issuer: ScriptedIssuer
  let gateway: RunningGateway
  /// Where the gateway keeps its users.
  let folder: String

  static let anna =
    #""sub":"1","preferred_username":"anna","email":"anna@example.org","email_verified":true"#
  static let bob = #""sub":"2","preferred_username":"bob""#

  /// Those whom the gateway knows.
  var users: [UserRecord] { gateway.gateway.services.access.directory.directory.allUsers.compactMap(\.user) }

  /// A browser on this machine that has signed in at the issuer, and is about to come back.
  func traveller(
    as claims: String = IssuerScene.anna, next: String? = nil
  ) async throws -> (visitor: Visitor, back: ReturnAddress) {
    var visitor = Visitor(gateway)
    let address = try await visitor.setOut(next: next)
    let back = try #require(issuer.signIn(at: address, as: claims), "the issuer does not take \(address)")
    return (visitor, ReturnAddress(back))
  }

  /// How often a code was shown to the issuer.
  var exchanges: Int { issuer.paths.count { $0 == "/token" } }
}

/// Runs `body` with a gateway that keeps users in a file, and knows the issuer's secret.
///
/// - Parameter more: further members of `oidc`, each with a comma before it.
func withIssuer<Result>(
  _ more: String = ",allow=*", ollama: ScriptedOllama? = nil, intervals: Intervals = Intervals(),
  _ configure: (inout Configuration) -> Void = { _ in },
  _ body: (IssuerScene) async throws -> Result
) async throws -> Result {
  let (folder, files) = (TemporaryFolder(), TemporaryFolder())
  let issuer = try ScriptedIssuer()
  defer { issuer.stop() }
  let secret = files.file("secret", Array(issuer.secret.utf8))
  let settings = try #require(
    IssuerSettings("issuer=\(issuer.url),client_id=gateway,client_secret_file=\(secret)\(more)"))
  return try await withGateway(
    ollama: ollama, intervals: intervals,
    {
      $0.store = .sqlite(path: folder.path + "/users.db")
      $0.oidc = settings
      configure(&$0)
    }
  ) { gateway, _ in
    try await body(IssuerScene(issuer: issuer, gateway: gateway, folder: folder.path))
  }
}

/// The address that the issuer sends a browser back to, which whoever has the browser can change.
struct ReturnAddress: Sendable {
  private let place: String
  private var members: [(name: String, value: String)]

  init(_ address: String) {
    let parts = address.split(separator: "?", maxSplits: 1)
    place = String(parts[0])
    members = parts[1].split(separator: "&").map { member in
      let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), String(parts[1]))
    }
  }

  subscript(name: String) -> String? {
    get { members.first { $0.name == name }?.value }
    set {
      members.removeAll { $0.name == name }
      if let newValue { members.append((name, newValue)) }
    }
  }

  /// The same with another value of a member, or without it.
  func with(_ name: String, _ value: String?) -> ReturnAddress {
    var other = self
    other[name] = value
    return other
  }

  /// Path and query.
  var path: String {
    let path = place.drop { $0 != "/" }.dropFirst(2).drop { $0 != "/" }
    return "\(path)?" + members.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }

  /// Scheme, host and path.
  var redirectURL: String { place }
}

extension Visitor {
  /// Goes to the issuer's pages, and takes the cookie of that.
  ///
  /// - Parameter next: escaped.
  /// - Returns: the address of the issuer's page.
  mutating func setOut(next: String? = nil, base: String = "") async throws -> String {
    let response = try await get("\(base)/api/v1/auth/issuer/login" + (next.map { "?next=\($0)" } ?? ""))
    take(response)
    return response.headers["Location"] ?? "none: \(response)"
  }

  /// Comes back to the gateway, and takes its cookies.
  mutating func comeBack(_ address: ReturnAddress) async throws -> TestClient.Response {
    let response = try await get(address.path)
    take(response)
    return response
  }

  /// The name of the cookie of the way, without TLS.
  static let journeyCookie = "ollama_gateway_user_issuer"
}

/// Holds that a browser's way has come to nothing: it is told so by a page, and nobody is signed in.
func expectRefusal(
  _ response: TestClient.Response, _ status: Int, _ words: String, of visitor: Visitor,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  #expect(
    response.status == status && response.text.contains(words), "\(response)", sourceLocation: sourceLocation)
  #expect(response.headers["Content-Type"] == "text/html; charset=utf-8", sourceLocation: sourceLocation)
  #expect(
    response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'",
    sourceLocation: sourceLocation)
  #expect(response.headers["Cache-Control"] == "no-store", sourceLocation: sourceLocation)
  #expect(response.headers["Location"] == nil, sourceLocation: sourceLocation)
  let given = response.headers.values(of: "set-cookie").filter { !$0.contains("_issuer=") }
  #expect(given.isEmpty, sourceLocation: sourceLocation)
  #expect(!response.text.contains("MARKED"), sourceLocation: sourceLocation)
  #expect(try await visitor.isSignedIn == false, sourceLocation: sourceLocation)
}
