import Access
import AccessStorage
import Administration
import ArgumentParser
import Configuration
import System

extension KeysCommand {
  /// `keys add`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Make a key and print it, this once.",
      discussion: """
        The key alone goes to standard output, unless it was made elsewhere: what is kept of it is its SHA-256. By the first key access is closed for good to callers \
        who have none: what that means is said on standard error.
        """)

    @Option(help: ArgumentHelp("What people call the key.", valueName: "NAME")) var name: String
    @Option(
      help: ArgumentHelp(
        "A file with a key that was made elsewhere, in place of a new one; - is standard input.",
        valueName: "FILE"),
      completion: .file())
    var customKeyFile: String?
    @OptionGroup(title: "The key") var options: KeyOptions

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      guard KeyRecord.isName(name) else { throw ValidationError("--name takes \(KeyRecord.nameTakes)") }
      _ = try options.edit(
        of: NewKey(KeyText(), name: name, at: .now).record, at: .now)
    }

    func run() async throws {
      let now = Timestamp.now
      var new = NewKey(try text(), name: name, at: now)
      try options.edit(of: new.record, at: now).apply(to: &new.record)
      let access = try StoredAccessFile(settings, makesStore: true)
      defer { access.close() }
      if let user = new.record.user, let meant = try access.user(ofKeySaying: user.text) {
        new.record.user = meant.name
      }
      let record = new.record
      let others = try access.keys(KeyFilter(), at: now).filter {
        $0.name.utf8.elementsEqual(record.name.utf8)
      }
      let isFirst = try access.perform { (book) throws(AccessError) in
        try book.checkTeam(record.team)
        let isFirst = book.closedSince == nil
        try book.add(record)
        return isFirst
      }
      CommandAudit(.makeKey, key: record).write()
      StandardError.write("made the key \(new.record.id) (\(new.record.name.escapedForMessage))\n")
      // Who has brought it knows it: it does not stand in the logs of what has run this.
      if !new.text.isCustom { print(new.text.text) }
      if !others.isEmpty {
        StandardError.write(
          "\(others.count + 1) keys have this name now: commands take their public parts, \(others.map(\.id.text).joined(separator: ", ")) and this one\n"
        )
      }
      if isFirst { StandardError.write(FirstKey.notice(access.configuration)) }
    }

    private func text() throws -> KeyText {
      guard let customKeyFile else { return KeyText() }
      guard let text = KeyText(custom: try KeyFile.read(customKeyFile)) else {
        throw ValidationError("--custom-key-file takes a file with \(NewKey.customTakes)")
      }
      return text
    }
  }
}
