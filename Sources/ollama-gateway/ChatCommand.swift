import ArgumentParser
import ChatClient
import EventLoop
import Glibc

/// `ollama-gateway chat`: talks to a running gateway. It has options of its own, and none of the gateway's settings.
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ollama-gateway chat",
    abstract: "Talk to a running gateway: a line is a message, and its answer is printed as it comes.",
    discussion: """
      When the connection breaks it is made again, and the answer goes on where it broke off. /history prints the \
      session's messages, /clear forgets them, /stop ends the running answer. Ctrl-D ends the chat; input that is no \
      terminal is answered to its end, without prompts.

      Exit codes: 0 at the end of the input, 1 when the gateway cannot be reached, 64 for a wrong call.
      """)

  /// The default of --url.
  static let urlVariable = "OLLAMA_GATEWAY_URL"

  @Option(
    help: ArgumentHelp(
      "The gateway's WebSocket; ws:// only. Default \(ChatURL.standard). Environment \(urlVariable).",
      valueName: "ws://HOST:PORT/PATH"))
  var url: String?

  @Option(help: ArgumentHelp("The session to go on with. Default a new one.", valueName: "ID"))
  var session: String?

  @Option(help: ArgumentHelp("The model. Default the gateway's.", valueName: "NAME"))
  var model: String?

  /// What the options and the environment ask for.
  func settings() throws -> ChatSettings {
    var settings = ChatSettings()
    settings.url = try chosenURL()
    if let session {
      guard ChatSettings.isSession(session) else {
        throw ValidationError("--session takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”")
      }
      settings.session = session
    }
    if let model {
      guard !model.isEmpty else { throw ValidationError("--model takes the name of a model") }
      settings.model = model
    }
    settings.input = STDIN_FILENO
    settings.writesToTerminal = isatty(STDOUT_FILENO) == 1
    settings.isInteractive = isatty(STDIN_FILENO) == 1 && settings.writesToTerminal
    return settings
  }

  private func chosenURL() throws -> ChatURL {
    let variable = getenv(Self.urlVariable).map { String(cString: $0) } ?? ""
    let (text, source) = url.map { ($0, "--url") } ?? (variable, Self.urlVariable)
    // An empty variable counts as not set, as with the settings.
    if url == nil && variable.isEmpty { return .standard }
    do {
      return try ChatURL(text)
    } catch {
      throw ValidationError("\(source) \"\(text)\": \(error)")
    }
  }

  /// Chats until the input or the gateway ends.
  static func perform(_ settings: ChatSettings) async -> ExitCode {
    do {
      let loop = try EventLoop(name: "chat")
      let output = ChatOutput(
        write: { StandardOutput.write($0) }, complain: { StandardError.write("\($0)\n") })
      return ExitCode(await ChatSession.run(settings, output, on: loop))
    } catch {
      StandardError.complain("\(error)")
      return .failure
    }
  }
}
