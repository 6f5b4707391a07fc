internal import Bytes

extension StoreLocation {
  /// The address of a PostgreSQL server, looked at for whether it says a secret. What libpq might read in another way than people do
  /// is taken for one: all of an address that is taken is shown in logs, by `check` and to subcommands.
  struct PostgreSQLAddress {
    private typealias Bytes = Substring.UTF8View

    /// What stands behind the scheme.
    private let rest: Bytes

    init(behindScheme rest: Substring) { self.rest = rest.utf8 }

    /// Whether it may be shown as it stands.
    var isHarmless: Bool {
      guard let decoded = PercentEncoding.decode(Substring(rest)), !Self.saysPassword(decoded), !hasPassword
      else { return false }
      return hostsAreHarmless && parameters.allSatisfy(Self.isHarmless)
    }

    /// Whether there may be `USER:PASSWORD@`. A password may have any character: where it ends, libpq and people see differently.
    private var hasPassword: Bool {
      guard let at = rest.lastIndex(of: UInt8(ascii: "@")) else { return false }
      return rest[..<at].contains(Self.colon)
    }

    /// A password in the form of a parameter, wherever it stands.
    private static func saysPassword(_ text: String) -> Bool { text.withoutValuesOfSecrets != text }

    /// Behind a colon there is nothing but the number of a port, and no colon is hidden by an escape.
    private var hostsAreHarmless: Bool {
      let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
      let parts = authority.split(
        separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count > 1, Self.hasColon(parts[0]) { return false }
      return (parts.last ?? authority).split(separator: UInt8(ascii: ",")).allSatisfy(Self.isHost)
    }

    private static func isHost(_ bytes: Bytes) -> Bool {
      guard bytes.first == UInt8(ascii: "[") else {
        let name = bytes.prefix { $0 != colon }
        return !hasColon(name) && isPort(bytes[name.endIndex...].dropFirst())
      }
      let behind = bytes.drop { $0 != UInt8(ascii: "]") }.dropFirst()
      return behind.isEmpty || behind.first == colon && isPort(behind.dropFirst())
    }

    private var parameters: [Bytes] {
      guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return [] }
      return rest[mark...].dropFirst().split(separator: UInt8(ascii: "&"))
    }

    private static func isHarmless(_ parameter: Bytes) -> Bool {
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      let value = parameter[name.endIndex...].dropFirst()
      let bytes = name.map(ASCII.lowercased)
      // A name has escapes to hide what it is. Of libpq's own `sslpassword`, `oauth_client_secret` and `scram_client_key` are
      // secrets; `sslkey` and `passfile` are the paths of files with some.
      guard !bytes.contains(UInt8(ascii: "%")), !SecretName.means(bytes) else { return false }
      if bytes.elementsEqual("user".utf8) { return !hasColon(value) }
      return !bytes.elementsEqual("port".utf8)
        || value.split(separator: UInt8(ascii: ",")).allSatisfy(isPort)
    }

    private static let colon = UInt8(ascii: ":")

    private static func isPort(_ bytes: Bytes) -> Bool { bytes.count <= 5 && bytes.allSatisfy(ASCII.isDigit) }

    private static func hasColon(_ bytes: Bytes) -> Bool {
      PercentEncoding.decode(Substring(bytes))?.utf8.contains(colon) ?? true
    }
  }

  /// What may be shown of a text that is no place: of an address nothing but its scheme, as a password may be anywhere in it; of
  /// what libpq knows as `host=h password=…` the first name.
  static func shown(_ text: String) -> String {
    guard !text.utf8.starts(with: sqlitePrefix.utf8),
      let mark = text.utf8.firstIndex(where: { ":=@?".utf8.contains($0) })
    else { return text }
    return text[...mark] + "…"
  }
}
