import GatewayTesting
import Testing

@testable import Configuration

/// The files that are installed beside the program say what the table says.
@Suite struct ExampleFileTests {
  private static func words(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// A comment of the example and the key that it is about.
  private func comments() throws -> [String: String] {
    var comments: [String: String] = [:]
    var comment: [Substring] = []
    for line in try ProjectFile.text("packaging/config.yaml").split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("# ") {
        comment.append(line.dropFirst(2))
      } else {
        if let colon = line.firstIndex(of: ":") {
          comments[String(line[..<colon].trimmingPrefix("#"))] = Self.words(comment.joined(separator: " "))
        }
        comment = []
      }
    }
    return comments
  }

  @Test func theExampleHasEveryKeyWithItsHelp() throws {
    let comments = try comments()
    #expect(Set(comments.keys) == Set(Setting.all.map(\.key)))
    for setting in Setting.all {
      let comment = comments[setting.key] ?? ""
      // An example may say more: its sentences go on where those of the table end.
      let help = setting.help.hasSuffix(".") ? String(setting.help.dropLast()) : setting.help
      #expect(comment.contains(help), "\(setting.key): \(comment)")
      #expect(comment.hasPrefix("[R] ") == (setting.effect == .atReload), "\(setting.key)")
    }
  }

  /// But for the store, which subcommands shall find that do not run below the service's state directory.
  @Test func theExampleChangesTheStoreAlone() throws {
    let text = try ProjectFile.text("packaging/config.yaml")
    #expect(try ConfigurationFile(path: "config.yaml", text: text).entries.map(\.setting.key) == ["store"])
    #expect(text.contains("\nstore: sqlite:/var/lib/ollama-gateway/gateway.db\n"))
  }

  @Test func theExamplesValuesAreTheDefaults() throws {
    let lines = try ProjectFile.text("packaging/config.yaml").split(separator: "\n").map { line in
      line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
    }
    let folder = TemporaryFolder()
    let file = folder.file("config.yaml", lines.joined(separator: "\n"))
    let standard = try resolve()
    let example = try resolve(file: file)
    for setting in Setting.all where setting.key != "workers" && setting.key != "store" {
      #expect(example.values(of: setting) == standard.values(of: setting), "\(setting.key)")
      #expect(example.source(of: setting) == .file(path: file, key: setting.key))
    }
  }

  /// roff writes a minus sign as `\-` and begins requests with a dot.
  private func manualPage() throws -> String {
    let lines = try ProjectFile.text("packaging/ollama-gateway.1").split(separator: "\n").filter {
      !$0.hasPrefix(".\\\"")
    }
    return Self.words(lines.joined(separator: "\n").replacing("\\-", with: "-"))
  }

  @Test func theManualPageHasEverySetting() throws {
    let page = try manualPage()
    for setting in Setting.all {
      let flag =
        setting.shape == .toggle
        ? ".BR \(setting.flag) \", \" --no-\(setting.flag.dropFirst(2))"
        : ".BI \(setting.flag) \" \(setting.placeholder)\""
      let entry = try #require(page.firstRange(of: ".TP \(flag) "), "\(flag)")
      let text = page[entry.upperBound...].prefix(upTo: ".TP ")
      let mark = setting.effect == .atReload ? "[R] " : ""
      #expect(text.hasPrefix(mark + setting.help), "\(setting.key): \(text)")
      #expect(text.hasSuffix("Default: \(setting.defaultText). "), "\(setting.key): \(text)")
    }
  }

  /// The name of the credential stands in the unit, and wherever an operator reads of it.
  @Test func allSayWhatTheCredentialIsCalled() throws {
    let name = ConfigurationCredential.name
    let password = ConfigurationCredential.storePasswordName
    let unit = try ProjectFile.text("systemd/ollama-gateway.service").split(separator: "\n")
    #expect(unit.contains("LoadCredential=\(name)"))
    #expect(unit.contains("LoadCredential=\(password)"))
    #expect(try ProjectFile.text("packaging/config.yaml").contains(password))
    #expect(unit.contains("LoadCredential=\(ConfigurationCredential.adminKeyName)"))
    #expect(try ProjectFile.text("packaging/config.yaml").contains(ConfigurationCredential.adminKeyName))
    #expect(try ProjectFile.text("packaging/config.yaml").contains("/etc/credstore/\(name)"))
    let page = try manualPage()
    for text in [
      "/etc/credstore/\(name)", "LoadCredentialEncrypted=\(name)", ConfigurationCredential.folderVariable,
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  /// Those of subcommands, and of the program as such.
  private static let otherOptions: Set<String> = [
    "--config", "--version", "--help", "--url", "--session", "--model", "--key-file",
    "--owner", "--limit", "--json", "--all", "--from-password-file", "--to-password-file",
    "--name", "--models", "--scopes", "--type", "--rpm", "--rpd", "--tpm", "--tpd", "--concurrent",
    "--streams", "--websockets", "--budget", "--team", "--user", "--label", "--priority", "--weight",
    "--expires", "--allowed-ip", "--all-models", "--no-team", "--no-user", "--no-expiry", "--any-ip",
    "--no-may-act-for-users",
    "--no-label", "--admin", "--may-act-for-users", "--custom-key-file", "--grace",
    "--password", "--password-file", "--reset", "--email", "--full-name", "--verified", "--reset-asked",
    "--no-email", "--no-full-name", "--no-limits", "--no-password", "--not-verified", "--give-to", "--issuer",
    "--subject", "--remove", "--dry-run",
    "--key", "--by", "--from", "--to", "--format", "--server",
  ]

  @Test func theManualPageHasNoOtherOption() throws {
    let known = Self.otherOptions.union(
      Setting.all.flatMap { [$0.flag, "--no-" + $0.flag.dropFirst(2)] })
    let options = try manualPage().split(separator: " ").filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0.isLetter || $0 == "-" }) }
    #expect(Set(options).subtracting(known).isEmpty, "\(Set(options).subtracting(known))")
    #expect(Set(options).isSuperset(of: Setting.all.map(\.flag)))
  }
}

extension Substring {
  /// What stands before a text, or all.
  fileprivate func prefix(upTo text: String) -> Substring {
    self[..<(firstRange(of: text)?.lowerBound ?? endIndex)]
  }
}
