/// What a server, or the way to it, has against a command.
struct ServerError: Error {
  /// The five characters of SQL's standard (and PostgreSQL's appendix A); empty where no server has said anything.
  let state: String
  /// In the server's own words, or the library's.
  let message: String
  /// Which of the commands that were sent together.
  let command: Int

  init(_ state: String, _ message: String, command: Int = 0) {
    self.state = state
    self.message = message
    self.command = command
  }

  /// The connection is gone, or what is there does not answer.
  static func lost(_ message: String) -> ServerError { ServerError("", message) }

  /// What is the matter, by the first two characters or all five.
  enum Cause {
    /// The server does not do it now.
    case away
    case full
    case readOnly
    case corrupt
    /// Another gateway has the store.
    case taken
    /// The data themselves: whoever sent them fails alone.
    case data
    /// Who we are, or what we may.
    case login
  }

  var cause: Cause {
    switch state {
    case Refusal.taken: .taken
    case Refusal.sessionIsGone, Refusal.conflict: .data
    case "53100": .full
    case "25006": .readOnly
    case "3D000", "42501", "3F000": .login
    // The same row twice in a statement, a value that does not fit, a constraint, a limit of the program: what was sent is at fault.
    case _ where ["21", "22", "23", "54"].contains { hasClass($0) }: .data
    // A table or a function that is not there, or another one: somebody has changed the schema.
    case _ where hasClass("42") || hasClass("XX"): .corrupt
    case _ where hasClass("28"): .login
    default: .away
    }
  }

  private func hasClass(_ name: String) -> Bool { state.utf8.starts(with: name.utf8) }
}

/// States of our own, which the schema's function `refuse` raises.
enum Refusal {
  static let sessionIsGone = "OG001"
  static let conflict = "OG002"
  static let taken = "OG003"
}
