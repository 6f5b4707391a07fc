/// Where sessions are kept.
public enum StoreLocation: Hashable, Sendable {
  /// In a file below the user's state directory, where there is one; else in memory.
  case automatic
  /// In memory: with the process they are gone.
  case memory
  /// In an SQLite database of this path.
  case sqlite(path: String)
  /// In a PostgreSQL database of this address, which has no secret in it: see ``PostgreSQLAddress``.
  case postgresql(url: String)

  /// The most bytes of a path or an address.
  private static let longest = 4096
  static let sqlitePrefix = "sqlite:"
  private static let postgresqlSchemes = ["postgresql://", "postgres://"]

  /// Reads `auto`, `memory`, `sqlite:PATH` or `postgresql://…`. Nil for anything else, and for an address with a password or another
  /// secret: what the program was called with is seen by others.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longest, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      return nil
    }
    switch text {
    case "auto": self = .automatic
    case "memory": self = .memory
    default:
      if text.utf8.starts(with: Self.sqlitePrefix.utf8) {
        let path = String(decoding: text.utf8.dropFirst(Self.sqlitePrefix.utf8.count), as: UTF8.self)
        guard !path.isEmpty, path.utf8.last != UInt8(ascii: "/") else { return nil }
        self = .sqlite(path: path)
      } else if let scheme = Self.postgresqlSchemes.first(where: { text.utf8.starts(with: $0.utf8) }) {
        let rest = text[text.utf8.index(text.startIndex, offsetBy: scheme.utf8.count)...]
        guard PostgreSQLAddress(behindScheme: rest).isHarmless else { return nil }
        self = .postgresql(url: text)
      } else {
        return nil
      }
    }
  }

  /// Whether sessions outlive the process there. The automatic one is to be resolved first.
  public var isKept: Bool {
    switch self {
    case .automatic, .memory: false
    case .sqlite, .postgresql: true
    }
  }

  /// Where the automatic one is: below `STATE_DIRECTORY` of a systemd unit, else below `XDG_STATE_HOME`, else below
  /// `~/.local/state`; in memory where none of them is known.
  public func resolved(in environment: [String: String]) -> StoreLocation {
    guard self == .automatic else { return self }
    if let folders = environment["STATE_DIRECTORY"], let folder = folders.split(separator: ":").first {
      return .sqlite(path: "\(folder)/gateway.db")
    }
    if let state = environment["XDG_STATE_HOME"], state.utf8.first == UInt8(ascii: "/") {
      return .sqlite(path: "\(state)/ollama-gateway/gateway.db")
    }
    if let home = environment["HOME"], home.utf8.first == UInt8(ascii: "/"), home != "/" {
      return .sqlite(path: "\(home)/.local/state/ollama-gateway/gateway.db")
    }
    return .memory
  }
}

extension StoreLocation: CustomStringConvertible {
  /// The text that reads back as this place.
  public var description: String {
    switch self {
    case .automatic: "auto"
    case .memory: "memory"
    case .sqlite(let path): Self.sqlitePrefix + path
    case .postgresql(let url): url
    }
  }
}

/// What an acknowledgement of the chat API means.
public enum Durability: String, CaseIterable, Sendable {
  /// What is acknowledged is on the disk.
  case full
  /// What is acknowledged may be lost with the process or the machine, and clients are told so.
  case relaxed
}
