import Access
import Configuration
import GatewayTesting
import Glibc
import Testing

@testable import Gateway
@testable import Handling

/// What is secret on the way to the issuer and back is in no log, metric, response or file.
@Suite("Secrets of a sign-in at an issuer") struct IssuerSecrecyTests {
  /// Bytes of all files of a folder.
  private static func contents(of folder: String) -> [UInt8] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var bytes: [UInt8] = []
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { name in
        String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let file = fopen("\(folder)/\(name)", "r") else { continue }
      defer { fclose(file) }
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    }
    return bytes
  }

  private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      var place = 0
      while place + wanted.count <= bytes.count,
        let hit = memchr(start + place, Int32(wanted[0]), bytes.count - place)
      {
        place = UnsafeRawPointer(hit) - start
        if place + wanted.count <= bytes.count, memcmp(hit, wanted, wanted.count) == 0 { return true }
        place += 1
      }
      return false
    }
  }

  @Test func nothingTellsThem() async throws {
    try await withIssuer(",allow=*", { $0.logLevel = .trace }) { scene in
      var secrets: [String] = []
      var told: [String] = []
      // One who arrives, and some who do not: each for another reason.
      let bad: [@Sendable (ScriptedIssuer) -> Void] = [
        { _ in }, { $0.sign { claims, _ in TestTokenKey(.ed25519, id: "ed-1").token(claims) } },
        { $0.editClaims { $0.replacing(#""aud":"gateway""#, with: #""aud":"other""#) } },
        { $0.replace { $0.path == "/token" ? .text($0.text, status: 400) : nil } },
        { $0.replace { $0.path == "/token" ? .cutBeforeHead() : nil } },
      ]
      for prepare in bad {
        scene.issuer.sign(nil)
        scene.issuer.editClaims(nil)
        scene.issuer.replace(nil)
        prepare(scene.issuer)
        var visitor = Visitor(scene.gateway)
        let address = try await visitor.setOut()
        let query = ReturnAddress(address)
        let back = ReturnAddress(try #require(scene.issuer.signIn(at: address, as: IssuerScene.anna)))
        secrets += [query["state"], query["nonce"], query["code_challenge"], back["code"]].compactMap { $0 }
        secrets += visitor.cookies.values
        let stranger = Visitor(scene.gateway)
        told.append(try await stranger.get(back.path).text)
        told.append(try await visitor.comeBack(back).text)
        secrets += visitor.cookies.values
        told.append(try await visitor.get(back.path).text)
        told.append(try await visitor.get("/api/v1/auth/session").text)
      }
      // What was sent to the issuer: the verifier, and our secret in each of its forms.
      for request in scene.issuer.requests where request.path == "/token" {
        let verifier = ReturnAddress("x?" + request.text)["code_verifier"]
        secrets += [verifier, request.headers["Authorization"]].compactMap { $0 }
      }
      secrets += [scene.issuer.secret, "the%2Bsecret%2Fof%3Atests", ScriptedIssuer.accessToken, "eyJ"]
      #expect(secrets.count > 40)
      told.append(try await Visitor(scene.gateway).get("/metrics", scene.gateway.administratorKey()).text)
      let log = Array(scene.gateway.log.utf8)
      #expect(Self.holds(log, "/api/v1/auth/issuer/callback"))
      let stored = Self.contents(of: scene.folder)
      #expect(Self.holds(stored, "anna@example.org"))
      for secret in Set(secrets) {
        #expect(secret.utf8.count >= 3)
        #expect(!Self.holds(log, secret), "the log")
        #expect(!Self.holds(stored, secret), "the store")
        for text in told { #expect(!Self.holds(Array(text.utf8), secret), "\(text)") }
      }
    }
  }
}
