public import EventLoop
internal import JSON
internal import System

/// A chat on the command line: carries lines, messages and text between the input, the ``ChatConversation`` that knows
/// what they mean, the connection and the output. Lives on its loop.
public final class ChatSession: ChatClientConnectionDelegate {
  /// The longest message that is read: a session's history.
  static let messageBytes = 64 << 20

  private let settings: ChatSettings
  private let output: ChatOutput
  private let loop: EventLoop
  private let reader = JSONReader(maximumBytes: messageBytes)
  private let input: LineInput
  private var conversation: ChatConversation
  private var connection: ChatClientConnection?
  private var retry: LoopTimer?
  private var exitCode: Int32?
  private var completion: ((Int32) -> Void)?

  /// Runs a chat to its end.
  ///
  /// - Parameter loop: on which it runs; nothing of it is left there at the end but the thread that reads the input.
  /// - Returns: the program's exit code: 0, or 1 when the gateway cannot be reached, and at the end of an input of which no
  ///   turn was whole.
  public static func run(_ settings: ChatSettings, _ output: ChatOutput, on loop: EventLoop) async -> Int32 {
    await withCheckedContinuation { continuation in
      loop.execute {
        let session = ChatSession(settings, output, on: loop)
        // The session lives by this closure, which it drops at its end.
        session.start { code in withExtendedLifetime(session) { continuation.resume(returning: code) } }
      }
    }
  }

  private init(_ settings: ChatSettings, _ output: ChatOutput, on loop: EventLoop) {
    self.settings = settings
    self.output = output
    self.loop = loop
    input = LineInput(descriptor: settings.input)
    conversation = ChatConversation(
      session: settings.session, model: settings.model, isInteractive: settings.isInteractive)
  }

  private func start(_ completion: @escaping (Int32) -> Void) {
    self.completion = completion
    retry = loop.makeTimer { [unowned self] in connect() }
    perform(conversation.start())
    // The thread that reads must not hold on to a chat that is over.
    let bound = LoopBound(WeakReference(self), to: loop)
    input.start { [loop] line in loop.execute { bound.value.object?.read(line) } }
  }

  private func read(_ line: InputLines.Line?) {
    switch line {
    case .text(let text): perform(conversation.typed(text))
    case .tooLong:
      input.lineTaken()
      complain("the line is too long")
    case nil: perform(conversation.inputEnded())
    }
  }

  // MARK: The connection

  private func connect() {
    let connection = ChatClientConnection(settings, session: conversation.session, on: loop)
    connection.delegate = self
    self.connection = connection
    connection.start()
  }

  func connectionDidOpen(_ connection: ChatClientConnection) { perform(conversation.connected()) }

  func connection(_ connection: ChatClientConnection, didReceive text: UnsafeRawBufferPointer) {
    do throws(ChatServerMessage.MalformedError) {
      let message = try reader.withDocument(text) { root throws(ChatServerMessage.MalformedError) in
        try ChatServerMessage(root)
      }
      perform(conversation.received(message))
    } catch {
      connection.end(
        ChatLinkError(reason: "what listens at \(settings.url) is no gateway: \(error.reason)", isFinal: true)
      )
    }
  }

  func connection(_ connection: ChatClientConnection, didEnd end: ChatLinkError) {
    guard connection === self.connection else { return }
    self.connection = nil
    if exitCode == nil { perform(conversation.disconnected(end)) } else { finish() }
  }

  // MARK: Actions

  private func perform(_ actions: [ChatAction]) {
    for action in actions {
      switch action {
      case .send(let message): connection?.send(message)
      case .print(let text): output.write(settings.writesToTerminal ? TerminalText.cleaned(text) : text)
      case .think(let text): if settings.writesToTerminal { output.write(TerminalText.dimmed(text)) }
      case .note(let text): if settings.isInteractive { output.complain(TerminalText.line(text)) }
      case .complain(let text): complain(text)
      case .prompt: output.write(Array("> ".utf8))
      case .connect(let delay): retry?.schedule(after: delay.jittered)
      case .lineTaken: input.lineTaken()
      case .exit(let code): exit(code)
      }
    }
  }

  /// Standard error is for people, also where it is a file: a line, and always cleaned.
  private func complain(_ text: String) {
    output.complain("ollama-gateway: " + TerminalText.line(text))
  }

  private func exit(_ code: Int32) {
    exitCode = code
    retry?.cancel()
    if let connection { connection.close() } else { finish() }
  }

  private func finish() {
    guard let completion, let exitCode else { return }
    self.completion = nil
    completion(exitCode)
  }
}

extension Duration {
  /// Up to a quarter less: many clients that have lost one gateway do not come back all at once.
  fileprivate var jittered: Duration { self * Double.random(in: 0.75...1) }
}
