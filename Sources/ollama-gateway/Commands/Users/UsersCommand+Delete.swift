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
        His number is never given again. What is said in his sessions while they are deleted is said in new ones: disable him before where \
        that matters. Those that are handed over follow when no answer is under way in them. Access stays closed when the last user is gone.
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
      let owner = Principal.ID.user(record.id).storedName
      let adoption = try StoredAdoption(of: owner, in: access)
      let keys = try access.perform { (book) throws(AccessError) in
        try book.delete(record.id, givingTo: heir?.id).keys
      }
      for key in keys { CommandAudit(.deleteKey, key: key).write() }
      let (sessions, what) =
        if let heir {
          Self.words(for: try adoption.finish(), heir)
        } else {
          try Self.deleteSessions(
            of: [owner] + keys.map { Principal.ID.key($0.id).storedName }, in: access)
        }
      CommandAudit(.deleteUser, user: record, sessions: sessions).write()
      StandardError.write(
        "deleted the user \(record.name), \(keys.count) key\(keys.count == 1 ? "" : "s"); \(sessions) session\(sessions == 1 ? "" : "s") \(what)\n"
      )
    }

    private static func words(
      for outcome: StoredAdoption.Outcome, _ heir: UserRecord
    ) -> (count: Int, what: String) {
      (outcome.given, "given to \(heir.name)\(outcome.rest)")
    }

    /// - Parameter owners: he, and his keys: what was said by them while they were nobody's, and was not his yet.
    private static func deleteSessions(
      of owners: [String], in access: StoredAccessFile
    ) throws -> (count: Int, what: String) {
      let reader = try access.store.makeReader()
      var deletion = SessionDeletion(reader, try access.store.makeWriter())
      // Those to him are gone with him.
      let orders = try reader.adoptions(limit: .max)
      for owner in owners {
        let spans = orders.filter { $0.order.other == owner }.map {
          AdoptionSpan(of: Principal.ID(storedName: owner), orderedAt: $0.orderedAt, at: .now, .now)
        }
        try deletion.deleteAll(of: owner, except: spans)
      }
      return (deletion.count, "deleted")
    }
  }
}
