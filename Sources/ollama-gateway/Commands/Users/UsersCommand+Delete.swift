import Access
import AccessStorage
import Administration
import ArgumentParser
import Sessions
import System

extension UsersCommand {
  /// `users delete`
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete",
      abstract: "Delete a user with his keys and sessions. What he has used stays in the accounts.",
      discussion: """
        His number is never given again. What is said in his sessions while they are deleted, or handed over, is said in new ones: disable \
        him before where that matters. Access stays closed when the last user is gone.
        """)

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @Option(help: ArgumentHelp("Who gets his sessions, in place of their being deleted.", valueName: "USER"))
    var giveTo: String?
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      let heir = try giveTo.map { try access.user($0) }
      guard heir?.id != record.id else { throw ValidationError("--give-to takes another user") }
      let keys = try access.perform { (book) throws(AccessError) in
        try book.delete(record.id).keys
      }
      for key in keys { CommandAudit(.deleteKey, key: key).write() }
      let sessions = try Self.endSessions(of: record, heir, in: access)
      CommandAudit(.deleteUser, user: record, sessions: sessions).write()
      let what = heir.map { "given to \($0.name)" } ?? "deleted"
      StandardError.write(
        "deleted the user \(record.name), \(keys.count) key\(keys.count == 1 ? "" : "s"); \(sessions) session\(sessions == 1 ? "" : "s") \(what)\n"
      )
    }

    /// - Returns: how many there were.
    private static func endSessions(
      of user: UserRecord, _ heir: UserRecord?, in access: StoredAccessFile
    ) throws -> Int {
      let (reader, writer) = (try access.store.makeReader(), try access.store.makeWriter())
      let owner = Principal.ID.user(user.id).storedName
      if let heir {
        var adoption = StoredAdoption(reader, writer)
        try adoption.give(sessionsOf: owner, to: Principal.ID.user(heir.id).storedName)
        return adoption.count
      }
      var deletion = SessionDeletion(reader, writer)
      try deletion.deleteAll(of: owner)
      return deletion.count
    }
  }
}
