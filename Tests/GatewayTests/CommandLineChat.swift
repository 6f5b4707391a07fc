import ChatClient
import EventLoop
import Glibc
import System
import Testing

/// A chat of the command line in the test process, with a pipe to type into.
final class CommandLineChat: Sendable {
  private struct Written {
    var output: [UInt8] = []
    var errors: [String] = []
  }

  private let loop: EventLoop
  private let typing: Int32
  private let reading: Int32
  private let written: Lock<Written>
  private let task: Task<Int32, Never>

  convenience init(
    port: UInt16, session: String? = nil, model: String? = nil, writesToTerminal: Bool = false
  ) throws {
    var settings = ChatSettings(ChatURL(host: "127.0.0.1", port: port))
    settings.session = session
    settings.model = model
    settings.writesToTerminal = writesToTerminal
    try self.init(settings)
  }

  /// With an input of its own.
  init(_ settings: ChatSettings) throws {
    let loop = try EventLoop(name: "chat")
    self.loop = loop
    var ends: [Int32] = [0, 0]
    try systemCall("pipe") { pipe(&ends) }
    (reading, typing) = (ends[0], ends[1])
    var settings = settings
    settings.input = ends[0]
    let written = Lock(Written())
    self.written = written
    let output = ChatOutput(
      write: { text in written.withLock { $0.output += text } },
      complain: { line in written.withLock { $0.errors.append(line) } })
    task = Task { [settings] in await ChatSession.run(settings, output, on: loop) }
  }

  var output: String { String(decoding: written.withLock { $0.output }, as: UTF8.self) }
  var errors: [String] { written.withLock { $0.errors } }

  func type(_ text: String) { _ = write(typing, text, text.utf8.count) }

  /// Ends the input, waits for the end of the chat, and takes its exit code. Once.
  func finish() async -> Int32 {
    close(typing)
    let code = await task.value
    let loop = loop
    await withCheckedContinuation { continuation in
      Task.detached {
        loop.shutDown()
        continuation.resume()
      }
    }
    return code
  }

  /// The end of the chat, whose input is not at its end.
  func exitCode() async -> Int32 { await task.value }
}
