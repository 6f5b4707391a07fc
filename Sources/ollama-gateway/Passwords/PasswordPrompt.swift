import ArgumentParser
import Glibc
import System

/// Asks for a password at the terminal, which does not show it.
///
/// Ctrl-C comes as a byte here, and no signal, so that the terminal shows what is typed again before the program ends.
struct PasswordPrompt {
  private let descriptor: Int32

  /// Nil where there is no terminal.
  init?() {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    // A process may have none of its own, and yet be given one.
    descriptor = terminal < 0 && isatty(STDIN_FILENO) == 1 ? dup(STDIN_FILENO) : terminal
    guard descriptor >= 0 else { return nil }
  }

  func close() { Glibc.close(descriptor) }

  /// What was typed.
  ///
  /// - Throws: exit code 130 where whoever types gives up, 64 for what is no text.
  func ask(_ words: String) throws -> String {
    var before = termios()
    guard tcgetattr(descriptor, &before) == 0 else { throw unusable }
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    // What was typed before the question is none of its answer.
    guard tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 else { throw unusable }
    defer {
      tcsetattr(descriptor, TCSAFLUSH, &before)
      write("\n")
    }
    write(words)
    var line = HiddenLine()
    while true {
      var byte: UInt8 = 0
      let count = read(descriptor, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { throw ExitCode(130) }
      switch line.take(byte) {
      case .goesOn: continue
      case .ended: return try text(line)
      case .givenUp: throw ExitCode(130)
      case .full: throw ValidationError("a password has at most \(HiddenLine.limit) bytes")
      }
    }
  }

  private func text(_ line: HiddenLine) throws -> String {
    guard let text = String(validating: line.bytes, as: UTF8.self) else {
      throw ValidationError("the password is not UTF-8: is the terminal set to another encoding?")
    }
    return text
  }

  private var unusable: ValidationError {
    ValidationError("the terminal cannot be told not to show the password: use --password-file")
  }

  private func write(_ text: String) {
    Array(text.utf8).withUnsafeBytes { _ = BlockingIO.write($0, to: descriptor) }
  }
}
