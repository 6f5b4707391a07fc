import ChatClient
import Glibc
import ServiceManager
import System

/// The place for messages to whoever started the program.
enum StandardError {
  /// Says why the program ends, in one line; where the journal listens, with the priority of an error.
  static func complain(_ message: String) {
    let isJournal = JournalStream.isBehind(STDERR_FILENO, environment: ProcessEnvironment.variables)
    write("\(isJournal ? "<3>" : "")ollama-gateway: \(TerminalText.line(message))\n")
  }

  /// Writes all of a text, as far as the descriptor takes it. Blocks.
  static func write(_ text: String) {
    var text = text
    // What nobody takes for a tenth of a second is lost: the program is about to end.
    text.withUTF8 {
      _ = BlockingIO.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO, isGivingUp: { true })
    }
  }
}
