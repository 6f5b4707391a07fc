import ChatClient
import Glibc
import ServiceManager

/// The place for messages to whoever started the program.
enum StandardError {
  /// Says why the program ends, in one line; where the journal listens, with the priority of an error.
  static func complain(_ message: String) {
    let isJournal = JournalStream.isBehind(STDERR_FILENO, environment: ProcessEnvironment.variables)
    write("\(isJournal ? "<3>" : "")ollama-gateway: \(TerminalText.line(message))\n")
  }

  /// Writes all of a text, as far as the descriptor takes it. Blocks.
  static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, count))
    }
  }
}
