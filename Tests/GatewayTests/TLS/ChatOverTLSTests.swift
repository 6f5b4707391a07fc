import ChatClient
import Configuration
import GatewayTesting
import HTTPClient
import Testing

/// The client of the command line, TLS and a whole gateway.
@Suite(.serialized) struct ChatOverTLSTests {
  private func chat(
    _ front: TLSFront, _ url: String = "https://localhost", authority: String? = nil, key: ChatKey? = nil,
    session: String? = nil
  ) throws -> CommandLineChat {
    let parts = url.split(separator: "/", maxSplits: 2)
    var settings = ChatSettings(
      try ChatURL("\(parts[0])//\(parts[1]):\(front.port)/\(parts.count > 2 ? parts[2] : "")"))
    settings.authorities = CertificateAuthorities(file: authority ?? front.authority)
    settings.key = key
    settings.session = session
    return try CommandLineChat(settings)
  }

  @Test(arguments: [TLSFront.Behaviour.plain, .tls12, .bytes, .records])
  func aGenerationAndALongHistory(behaviour: TLSFront.Behaviour) async throws {
    let size = behaviour == .bytes ? 200 : 60_000
    let tokens = (0..<4).map { "token \($0) é\n" } + [String(repeating: "漢", count: size)]
    let ollama = try ScriptedOllama { _ in .chat(tokens) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let front = try TLSFront(to: gateway.port, behaviour)
      defer { front.stop() }
      let chat = try chat(front, session: "s")
      let question = String(repeating: "q", count: behaviour == .bytes ? 100 : 200_000)
      chat.type("\(question)\n/history\nagain\n")
      #expect(await chat.finish() == 0)
      let text = tokens.joined()
      #expect(chat.errors.isEmpty)
      #expect(chat.output == "\(text)\nuser: \(question)\nassistant: \(text)\n\(text)\n")
      #expect(try front.lines(through: "alpn").first == "alpn http/1.1")
    }
  }

  /// Its key, and the path below the gateway's base.
  @Test("The request has the key and the path below the base path") func theRequest() async throws {
    try await withGateway({ $0.basePath = BasePath("/ai")! }) { gateway, _ in
      for (url, target) in [
        ("https://localhost/ai", "/ai/ws"), ("wss://127.0.0.1/ai/ws?client_id=c", "/ai/ws?client_id=c"),
      ] {
        let front = try TLSFront(to: gateway.port)
        defer { front.stop() }
        let chat = try chat(front, url, key: try ChatKey("sk-1234/+=\n"))
        chat.type("Hi\n")
        #expect(await chat.finish() == 0)
        #expect(chat.output == "Hello from the fake Ollama.\n" && chat.errors.isEmpty)
        let lines = try front.lines(through: "head Authorization")
        #expect(lines.contains("head GET \(target) HTTP/1.1"))
        #expect(lines.contains("head Authorization: Bearer sk-1234/+="))
        #expect(lines.contains { $0.hasPrefix("head Host: ") && $0.hasSuffix(":\(front.port)") })
      }
    }
  }

  @Test func aConnectionThatIsCutComesBack() async throws {
    let tokens = (0..<200).map { "w\($0)é " }
    let ollama = try ScriptedOllama { _ in .chat(tokens, every: .milliseconds(3)) }
    try await withGateway(ollama: ollama) { gateway, _ in
      let front = try TLSFront(to: gateway.port, .cut)
      defer { front.stop() }
      let chat = try chat(front, session: "s")
      chat.type("Go on\n")
      #expect(await chat.finish() == 0)
      #expect(chat.output == tokens.joined() + "\n")
      #expect(chat.errors.isEmpty)
    }
  }

  /// Nothing is said to a peer whose certificate is not to be believed.
  @Test(arguments: [TLSFront.Behaviour.expired, .name, .plain])
  func aBadCertificateIsRefused(behaviour: TLSFront.Behaviour) async throws {
    try await withGateway { gateway, _ in
      let front = try TLSFront(to: gateway.port, behaviour)
      defer { front.stop() }
      // The last is good, but nobody that we believe has signed it.
      let other = try TLSFront(to: gateway.port)
      defer { other.stop() }
      let chat = try chat(
        front, authority: behaviour == .plain ? other.authority : nil, key: try ChatKey("secret"))
      #expect(await chat.finish() == 1)
      #expect(chat.errors.count == 1)
      #expect(
        chat.errors.first?.contains("cannot reach the gateway: wss://localhost:\(front.port)/ws: ") == true)
      #expect(chat.errors.first?.lowercased().contains("certificate") == true, "\(chat.errors)")
      #expect(!chat.errors.joined().contains("secret"))
      let said = try front.lines(through: behaviour == .name ? "alpn" : "refused")
      #expect(!said.contains { $0.hasPrefix("head") })
    }
  }

  @Test func anAuthorityThatIsNotThere() async throws {
    try await withGateway { gateway, _ in
      let front = try TLSFront(to: gateway.port)
      defer { front.stop() }
      let chat = try chat(front, authority: "/nowhere/ca.pem")
      #expect(await chat.finish() == 1)
      #expect(chat.errors.count == 1)
    }
  }

  /// A redirect is not followed, and the key stays where it is.
  @Test func aRedirectIsAnError() async throws {
    try await withGateway { gateway, _ in
      let front = try TLSFront(to: gateway.port, .status)
      defer { front.stop() }
      let chat = try chat(front, key: try ChatKey("secret"))
      #expect(await chat.finish() == 1)
      #expect(chat.errors.count == 1 && chat.errors[0].hasSuffix("it answers with status 302 Found"))
    }
  }

  /// TLS where there is none, and none where there is.
  @Test func theOtherKindOfPeer() async throws {
    try await withGateway { gateway, _ in
      let front = try TLSFront(to: gateway.port)
      defer { front.stop() }
      for url in ["https://localhost:\(gateway.port)", "http://localhost:\(front.port)"] {
        var settings = ChatSettings(try ChatURL(url))
        settings.authorities = CertificateAuthorities(file: front.authority)
        let chat = try CommandLineChat(settings)
        #expect(await chat.finish() == 1)
        #expect(chat.errors.count == 1, "\(chat.errors)")
      }
    }
  }
}
