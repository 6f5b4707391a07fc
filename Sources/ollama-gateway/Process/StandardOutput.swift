import Glibc
import System

/// The place for what a chat prints.
enum StandardOutput {
  /// Writes all of a text, at once and unbuffered. Blocks: whoever reads slowly holds the chat up, and the gateway keeps
  /// the answer meanwhile. A reader that has gone ends the program by SIGPIPE.
  static func write(_ text: [UInt8]) {
    text.withUnsafeBytes { _ = BlockingIO.write($0, to: STDOUT_FILENO) }
  }
}
