import ArgumentParser

/// Sessions that there are not.
enum UnknownSessions {
  /// Says so, and gives the exit code for it.
  static func ended(_ keys: [String]) -> ExitCode {
    for key in keys { StandardError.complain("there is no session \(key)") }
    return .failure
  }
}
