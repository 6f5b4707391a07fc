import Glibc
import System

/// The place for what a command prints.
enum StandardOutput {
  /// Writes all of a text, at once and unbuffered. Blocks: whoever reads slowly holds a chat up, and the gateway keeps
  /// the answer meanwhile. A reader that has gone ends the program by SIGPIPE, or without words where that is ignored; a disk that
  /// is full ends it with some: nobody shall take a part of an export for all of it.
  static func write(_ text: [UInt8]) {
    do throws(SystemCallError) {
      try BlockingIO.writeAll(text, to: STDOUT_FILENO)
    } catch {
      if error.code == EPIPE { exit(128 + SIGPIPE) }
      StandardError.complain("standard output: \(error.reason)")
      exit(EXIT_FAILURE)
    }
  }
}

/// Prints a line to ``StandardOutput``. In the program it stands in the place of Swift's own, which loses what cannot be written
/// without a word.
func print(_ line: String) { StandardOutput.write(Array("\(line)\n".utf8)) }
