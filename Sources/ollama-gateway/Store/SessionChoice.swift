import ArgumentParser

/// Which sessions a command is for.
enum SessionChoice {
  static func check(_ keys: [String], owner: String?, all: Bool) throws {
    let ways = [!keys.isEmpty, owner != nil, all].filter { $0 }.count
    guard ways == 1 else { throw ValidationError("Say which: KEY..., --owner OWNER or --all") }
  }
}
