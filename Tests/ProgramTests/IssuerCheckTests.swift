import GatewayTesting
import Glibc
import Issuers
import Testing
import Upstreams

@testable import Configuration
@testable import ollama_gateway

/// What `check` says of the issuer of `oidc`, as it asks it itself.
@Suite struct IssuerCheckTests {
  private let folder = TemporaryFolder()

  private func findings(
    _ issuer: String, _ more: String = "", store: String? = nil
  ) async throws -> [CheckReport.Finding] {
    let store = store ?? "sqlite:\(folder.path)/gateway.db"
    let effective = try resolve(flags: [
      "oidc": ["issuer=\(issuer),client_id=gateway\(more)"], "store": [store],
    ])
    return await IssuerCheck(effective.configuration, probe: HTTPCheckProbe(), environment: [:]).findings()
  }

  @Test func withoutOneNothingIsSaid() async throws {
    let effective = try resolve()
    let findings = await IssuerCheck(effective.configuration, probe: HTTPCheckProbe(), environment: [:])
      .findings()
    #expect(findings.isEmpty)
  }

  @Test func itsKeysAreCounted() async throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.stop() }
    #expect(try await findings(issuer.url) == [.fine("oidc \(issuer.url): 1 key, EdDSA")])
    issuer.use([.ed25519, .p256])
    #expect(try await findings(issuer.url) == [.fine("oidc \(issuer.url): 2 keys, ES256, EdDSA")])
    #expect(
      issuer.paths == ["/.well-known/openid-configuration", "/jwks"] + [
        "/.well-known/openid-configuration", "/jwks",
      ])
    #expect(
      try await findings(issuer.url, ",algorithms=RS256") == [
        .wrong("oidc \(issuer.url): none of its 2 keys is for RS256")
      ])
  }

  @Test func oneThatIsAwayIsAWarning() async throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.stop() }
    let scripts: [Script] = [
      .text("no", status: 503), .cutBeforeHead(), .garbage,
      .json("[\(String(repeating: " ", count: 10 << 20))]"),
    ]
    for script in scripts {
      issuer.replace { _ in script }
      let found = try await findings(issuer.url)
      guard case .doubtful(let text)? = found.first, found.count == 1 else {
        Issue.record("\(found)")
        continue
      }
      #expect(text.hasPrefix("oidc \(issuer.url) does not answer, and until it does nobody signs in there: "))
    }
    issuer.stop()
    guard case .doubtful? = try await findings(issuer.url).first else {
      Issue.record("nobody listens")
      return
    }
  }

  /// By what it says nobody could sign in, however long one waits.
  @Test func oneThatIsWrongIsSaidSo() async throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.stop() }
    func expect(_ words: String, _ path: String, _ script: Script) async throws {
      issuer.replace { $0.path == path ? script : nil }
      #expect(try await findings(issuer.url) == [.wrong("oidc \(issuer.url): \(words)")])
    }
    let discovery = "/.well-known/openid-configuration"
    try await expect("status 404", discovery, .text("no", status: 404))
    try await expect("status 302", discovery, .text("no", status: 302))
    try await expect("its discovery document is none", discovery, .text("<html>MARKED"))
    let other =
      "its discovery document is another issuer's: oidc takes it as it names itself there, byte for byte"
    try await expect(other, discovery, .json(#"{"issuer":"\#(issuer.url)/"}"#))
    let members = #""authorization_endpoint":"\#(issuer.url)/a","token_endpoint":"\#(issuer.url)/t""#
    try await expect(
      "its discovery document names no address where it has to, or one that leads elsewhere", discovery,
      .json(#"{"issuer":"\#(issuer.url)",\#(members)}"#))
    try await expect(
      "its discovery document takes no sign-in with PKCE (S256)", discovery,
      .json(
        #"{"issuer":"\#(issuer.url)",\#(members),"jwks_uri":"\#(issuer.url)/k","code_challenge_methods_supported":["plain"]}"#
      ))
    try await expect("its keys are no set of keys", "/jwks", .json("{}"))
    try await expect("none of its 0 keys is for ES256, EdDSA, RS256", "/jwks", .json(#"{"keys":[]}"#))
  }

  @Test func theSecretIsRead() async throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.stop() }
    let path = folder.file("secret", "MARKED-secret\n")
    chmod(path, 0o600)
    let fine = CheckReport.Finding.fine("oidc \(issuer.url): 1 key, EdDSA")
    #expect(try await findings(issuer.url, ",client_secret_file=\(path)") == [fine])
    chmod(path, 0o644)
    let readable = try await findings(issuer.url, ",client_secret_file=\(path)")
    guard case .doubtful(let text)? = readable.first, readable.count == 2 else {
      Issue.record("\(readable)")
      return
    }
    #expect(text.hasPrefix("oidc \(path)") && !text.contains("MARKED"))
    let missing = try await findings(issuer.url, ",client_secret_file=\(folder.path)/none")
    guard case .wrong(let words)? = missing.first, missing.last == fine else {
      Issue.record("\(missing)")
      return
    }
    #expect(words.contains("\(folder.path)/none") && words.contains("client_secret_file of oidc"))
  }

  @Test func withoutAStoreThereAreNoUsers() async throws {
    let issuer = try ScriptedIssuer()
    defer { issuer.stop() }
    let found = try await findings(issuer.url, store: "memory")
    #expect(found.last == .doubtful("oidc: there are no users without a store, so nobody signs in by it"))
    #expect(found.count == 2)
  }
}
