import Access
import Administration
import ChatClient
import JSON
import Limits
import System

/// Prints keys: for people, or as lines of JSON. Never their secrets.
enum KeysOutput {
  /// A list of keys.
  static func write(_ keys: [KeyRecord], of directory: KeyDirectory, isJSON: Bool, at now: Timestamp) {
    if isJSON {
      for key in keys { line { KeyReport.encode(key, of: directory, at: now, into: &$0) } }
      return
    }
    var table = TextTable(["ID", "NAME", "STATUS", "TYPE", "USER", "TEAM", "EXPIRES", "LIMITS"])
    for key in keys {
      table.add([
        key.id.text, key.name, directory.status(of: key, at: now).rawValue, ScopeWords.text(key.scopes),
        key.user?.text ?? "-",
        key.team?.text ?? "-", key.expiresAt.map { String($0.iso8601.prefix(10)) } ?? "-",
        key.limits.isEmpty ? "-" : key.limits.words,
      ])
    }
    table.write()
  }

  /// All that is known of a key.
  static func writeDetails(of key: KeyRecord, in directory: KeyDirectory, at now: Timestamp) {
    let lines: [(String, String?)] = [
      ("id", key.id.text), ("name", key.name), ("status", directory.status(of: key, at: now).rawValue),
      ("scopes", key.scopes.names.joined(separator: ", ")),
      ("models", key.models.map { $0.texts.isEmpty ? "none" : $0.texts.joined(separator: ", ") } ?? "all"),
      ("user", key.user?.text), ("team", key.team?.text),
      (
        "labels",
        key.labels.isEmpty
          ? nil
          : key.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
      ),
      ("priority", key.priority.rawValue), ("weight", "\(key.weight)"),
      ("limits", key.limits.isEmpty ? "none" : key.limits.words),
      ("allowed ips", key.allowedIPs.map { $0.map(\.description).joined(separator: ", ") }),
      ("acts for users", key.mayActForUsers ? "yes" : nil),
      ("made", key.createdAt.iso8601), ("expires", key.expiresAt?.iso8601),
      ("made elsewhere", key.isCustom ? "yes" : nil),
      ("earlier secret", key.earlier.map { "valid until \($0.validUntil.iso8601)" }),
    ]
    for case (let name, let text?) in lines { detail(name, text) }
  }

  /// One thing that is known, behind what it is: at most 15 characters.
  static func detail(_ name: String, _ text: String) {
    let padding = String(repeating: " ", count: max(1, 16 - name.count))
    print("\(name)\(padding)\(TerminalText.line(text))")
  }

  /// A line of JSON.
  static func line(_ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    write(&writer)
    StandardOutput.write(writer.take() + [UInt8(ascii: "\n")])
  }
}
