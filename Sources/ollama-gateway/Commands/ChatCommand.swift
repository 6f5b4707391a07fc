import ArgumentParser
import ChatClient
import Configuration
import EventLoop
import Glibc
import HTTPClient

/// `ollama-gateway chat`: talks to a running gateway. It has options of its own, and none of the gateway's settings.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk to a running gateway: a line is a message, and its answer is printed as it comes.",
    discussion: """
      When the connection breaks it is made again, and the answer goes on where it broke off. /history prints the \
      session's messages, /clear forgets them, /stop ends the running answer. Ctrl-D ends the chat; input that is no \
      terminal is answered to its end, without prompts.

      A certificate is believed where one of the system's authorities has signed it, or one of those in the files that \
      CURL_CA_BUNDLE, or SSL_CERT_FILE and SSL_CERT_DIR, name. Proxies of the environment are not used.

      A key is taken from --key-file, else from \(keyVariable), else from \(ollamaKeyVariable), where Ollama's own clients \
      take theirs. Arguments are for all to see, so there is no option for it.

      Exit codes: 0 at the end of the input, 1 when the gateway cannot be reached or none of the \
      questions was answered, 64 for a wrong call.
      """)

  /// A gateway of this machine that nobody has told another address.
  static let standardURL = ChatURL(
    host: "\(ListenAddress.standardHost)", port: ListenAddress.standardPort)
  /// The default of --url.
  static let urlVariable = "OLLAMA_GATEWAY_URL"
  /// The key where there is no --key-file. There is no option for it: arguments are for all to see.
  static let keyVariable = "OLLAMA_GATEWAY_KEY"
  /// The key where there is none of these: what Ollama's Python and JavaScript clients send.
  static let ollamaKeyVariable = "OLLAMA_API_KEY"

  @Option(
    help: ArgumentHelp(
      """
      Where the gateway is: http:// or https:// and its base path, or ws:// or wss:// and the path of its WebSocket. \
      Default \(standardURL). Environment \(urlVariable).
      """,
      valueName: "SCHEME://HOST:PORT/PATH"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      """
      A file with the key, which goes along as Authorization: Bearer. Else the environment's \(keyVariable), or \
      \(ollamaKeyVariable).
      """,
      valueName: "FILE"))
  var keyFile: String?

  @Option(help: ArgumentHelp("The session to go on with. Default a new one.", valueName: "ID"))
  var session: String?

  @Option(help: ArgumentHelp("The model. Default the gateway's.", valueName: "NAME"))
  var model: String?

  @ParentCommand var gateway: GatewayCommand

  func validate() throws {
    if let flag = gateway.settings.firstFlag {
      throw ValidationError("Unknown option '\(flag)': 'chat' takes none of the gateway's settings")
    }
    guard session.map(ChatSettings.isSession) != false else {
      throw ValidationError("--session takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”")
    }
    guard model?.isEmpty != true else { throw ValidationError("--model takes the name of a model") }
  }

  /// Chats until the input or the gateway ends.
  func run() async throws {
    let settings = try settings()
    if settings.sendsKeyInTheClear {
      StandardError.complain("the key goes to \(settings.url.host) for all on the way to read: use https://")
    }
    let output = ChatOutput(write: { StandardOutput.write($0) }, complain: { StandardError.write("\($0)\n") })
    let code = await ChatSession.run(settings, output, on: try EventLoop(name: "chat"))
    guard code == 0 else { throw ExitCode(code) }
  }

  /// What the options and the environment ask for.
  private func settings() throws -> ChatSettings {
    var settings = ChatSettings(try chosenURL())
    settings.key = try chosenKey()
    settings.authorities = CertificateAuthorities(environment: Self.variable)
    settings.session = session
    settings.model = model
    settings.input = STDIN_FILENO
    settings.writesToTerminal = isatty(STDOUT_FILENO) == 1
    settings.isInteractive = isatty(STDIN_FILENO) == 1 && settings.writesToTerminal
    return settings
  }

  /// An empty variable counts as not set, as with the settings.
  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func chosenURL() throws -> ChatURL {
    let given = url.map { ($0, "--url") } ?? Self.variable(Self.urlVariable).map { ($0, Self.urlVariable) }
    guard let (text, source) = given else { return Self.standardURL }
    do {
      return try ChatURL(text)
    } catch {
      // It is for the log of whoever called, and a password is not.
      let shown = ChatURL.hasUser(text) ? "" : " \"\(text)\""
      throw ValidationError("\(source)\(shown): \(error)")
    }
  }

  private func chosenKey() throws -> ChatKey? {
    var source = ""
    do throws(ChatKey.MalformedError) {
      if let keyFile {
        source = "--key-file \"\(keyFile)\""
        return try ChatKey(file: keyFile)
      }
      for name in [Self.keyVariable, Self.ollamaKeyVariable] {
        source = name
        if let key = Self.variable(name) { return try ChatKey(key) }
      }
      return nil
    } catch {
      throw ValidationError("\(source): \(error)")
    }
  }
}
