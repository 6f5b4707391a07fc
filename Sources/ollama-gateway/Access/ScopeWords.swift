import Access
import ArgumentParser

/// Scopes and lists, as flags of keys and users have them.
enum ScopeWords {
  /// What `--scopes`, `--type` and `--admin` say; nil where none of them stands there.
  ///
  /// - Throws: where more than one does, or one is wrong.
  static func chosen(scopes: String?, type: String?, isAdmin: Bool) throws -> Scopes? {
    let ways = [scopes != nil, type != nil, isAdmin].filter { $0 }.count
    guard ways <= 1 else {
      throw ValidationError("--scopes, --type and --admin say the same: give one of them")
    }
    if isAdmin { return Scopes(names: Scopes.allNames) }
    if let scopes {
      guard let chosen = Scopes(names: list(scopes)) else {
        throw ValidationError(
          "--scopes takes \(Scopes.allNames.joined(separator: ", ")), with commas between")
      }
      return chosen
    }
    guard let type else { return nil }
    guard let preset = Scopes.Preset(rawValue: type) else {
      throw ValidationError(
        "--type takes one of \(Scopes.Preset.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return preset.scopes
  }

  /// What stands between commas, without the blanks around it.
  static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0).trimmingBlanks }
  }

  /// What a set of scopes goes by.
  static func text(_ scopes: Scopes) -> String {
    if scopes.contains(.admin) { return "admin" }
    return Scopes.Preset.allCases.first { $0.scopes == scopes }?.rawValue
      ?? scopes.names.joined(separator: ",")
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmingBlanks: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
