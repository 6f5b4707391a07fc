import Access
import AccessStorage
import Administration
import ArgumentParser
import Sessions
import System

extension KeysCommand {
  /// `keys set`
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Change what a flag names of a key; the rest stays.")

    @Argument(help: "The key: its public part or its name.") var key: String
    @Option(help: ArgumentHelp("What people call the key.", valueName: "NAME")) var name: String?
    @Flag(help: "It has no limits but those of the other flags.") var noLimits = false
    @OptionGroup(title: "What is taken away") var removals: KeyRemovals
    @OptionGroup(title: "The key") var options: KeyOptions

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws {
      guard name.map(KeyRecord.isName) != false else {
        throw ValidationError("--name takes \(KeyRecord.nameTakes)")
      }
      var edit = try options.edit(of: NewKey(KeyText(), name: "", at: .now).record, at: .now)
      try removals.add(to: &edit)
    }

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.key(key)
      var edit = try options.edit(of: record, at: .now, beginningWith: noLimits ? [.clear] : [])
      try removals.add(to: &edit)
      if let name { edit.set(.name) { $0.name = name } }
      guard !edit.isEmpty else { throw ValidationError("Say what is to be changed") }
      if let user = edit.newUser, let meant = try access.user(ofKeySaying: user.text) { edit.name(meant) }
      let changes = edit
      let adoption = try edit.newUser.map { _ in
        try StoredAdoption(of: Principal.ID.key(record.id).storedName, in: access)
      }
      let changed = try access.perform { (book) throws(AccessError) in
        try book.checkTeam(changes.newTeam)
        return try book.change(record.id) { (record) throws(RecordError) in try changes.apply(to: &record) }
      }
      CommandAudit(.changeKey, key: changed, changes: edit.changes).write()
      if let adoption { try KeysCommand.handOver(changed, by: adoption, in: access) }
      StandardError.write("changed the key \(changed.id) (\(edit.changes.joined(separator: ", ")))\n")
    }
  }

  /// What was said by a key while it was nobody's is its user's from now on.
  private static func handOver(
    _ key: KeyRecord, by adoption: StoredAdoption, in access: StoredAccessFile
  ) throws {
    let outcome = try adoption.finish()
    guard outcome != StoredAdoption.Outcome(given: 0, remaining: 0) else { return }
    let user = try access.directory()[key.id]?.user
    CommandAudit(.adoptSessions, key: key, user: user, sessions: outcome.given).write()
    StandardError.write("\(outcome.words(of: " of the key", now: "its user's"))\n")
  }

  /// `keys rotate`
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate", abstract: "Give a key a new secret and print it, this once.",
      discussion: "The earlier one stays valid for the grace, so that its owner has time to change it.")

    @Argument(help: "The key: its public part or its name.") var key: String
    @Option(
      help: ArgumentHelp("How long the earlier secret stays valid; 0s ends it at once.", valueName: "24h"))
    var grace = "24h"
    @Option(
      help: ArgumentHelp(
        "A file with a key that was made elsewhere, in place of a new one; - is standard input.",
        valueName: "FILE"),
      completion: .file())
    var customKeyFile: String?

    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { _ = try rotation(nil) }

    func run() async throws {
      let custom = try customKeyFile.map { path in
        guard let text = KeyText(custom: try KeyFile.read(path)) else {
          throw ValidationError("--custom-key-file takes a file with \(NewKey.customTakes)")
        }
        return text
      }
      let rotation = try rotation(custom)
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.key(key)
      let text = rotation.text(for: record.id)
      let now = Timestamp.now
      let changed = try access.change(record.id) { rotation.apply(text, to: &$0, at: now) }
      CommandAudit(.rotateKey, key: changed).write()
      let end = changed.earlier.map { "valid until \($0.validUntil.iso8601)" } ?? "valid no more"
      StandardError.write("the key \(record.id) has a new secret; the earlier one is \(end)\n")
      // Who has brought it knows it: it does not stand in the logs of what has run this.
      if !text.isCustom { print(text.text) }
    }

    private func rotation(_ custom: KeyText?) throws -> KeyRotation {
      guard let grace = TimeSpanText.duration(grace), grace <= KeyRotation.longestGrace else {
        throw ValidationError("--grace takes \(TimeSpanText.takes), 90d at most")
      }
      return KeyRotation(grace: grace, custom: custom)
    }
  }

  /// `keys disable`
  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "disable", abstract: "Let a key be not valid for now; what runs with it may end.")

    @Argument(help: "The key: its public part or its name.") var key: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try KeysCommand.setDisabled(true, key, settings) }
  }

  /// `keys enable`
  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "enable", abstract: "Let a disabled key be valid again.")

    @Argument(help: "The key: its public part or its name.") var key: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws { try KeysCommand.setDisabled(false, key, settings) }
  }

  private static func setDisabled(_ isDisabled: Bool, _ key: String, _ settings: SettingOptions) throws {
    let access = try StoredAccessFile(settings)
    defer { access.close() }
    let record = try access.key(key)
    let changed = try access.change(record.id) { $0.isDisabled = isDisabled }
    CommandAudit(.changeKey, key: changed, changes: ["disabled"]).write()
    StandardError.write("the key \(record.id) is \(isDisabled ? "disabled" : "enabled")\n")
  }

  /// `keys delete`
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete", abstract: "Delete keys. What was used with them stays in the accounts.",
      discussion: "Access stays closed when the last one is gone.")

    @Argument(help: "The keys: their public parts or names.") var keys: [String]
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      // All of them are there, or none is deleted.
      let ids = Swift.Set(try keys.map { try access.key($0).id })
      let deleted = try access.perform { (book) throws(AccessError) in
        var deleted: [KeyRecord] = []
        for id in ids { deleted.append(try book.delete(id)) }
        return deleted
      }
      for key in deleted { CommandAudit(.deleteKey, key: key).write() }
      StandardError.write("deleted \(ids.count) key\(ids.count == 1 ? "" : "s")\n")
    }
  }
}
