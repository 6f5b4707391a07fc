import Access
import AccessStorage
import Administration
import ArgumentParser
import ChatClient
import Configuration
import Gateway
import PostgreSQLStore
import Sessions
import System

extension UsersCommand {
  /// `users import`
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Take over the users of the first system's own table, with their passwords.",
      discussion: """
        The table users of the database is read, and nothing of it is changed. Names, e-mail addresses and the hashes of passwords are taken as \
        they are; a number is kept unless it was given to somebody here before. Nobody becomes an administrator. What becomes of each user is \
        a line on standard output. Who is here already, by name or e-mail address, stays as he is: it may be done again.

        Exit codes: 0 when all of them are here, 64 for a wrong call, setting or store, 1 when somebody could not be taken over or a \
        server fails.
        """)

    @Option(
      name: .customLong("from"),
      help: ArgumentHelp("The first system's database.", valueName: "postgresql://USER@HOST/DATABASE"))
    var source: String
    @Option(help: ArgumentHelp("The file with its password.", valueName: "FILE"), completion: .file())
    var fromPasswordFile: String?
    @Flag(help: "Say what would become of each, and change nothing.") var dryRun = false

    @OptionGroup(title: "Settings") var settings: SettingOptions

    /// Rows that are read at a time.
    private static let portion = 500
    /// Users of one commit.
    private static let group = 200

    func validate() throws {
      guard case .postgresql? = StoreLocation(source) else {
        throw ValidationError(
          "--from takes postgresql://USER@HOST/DATABASE, without a password (--from-password-file)")
      }
    }

    func run() async throws {
      guard case .postgresql(let url)? = StoreLocation(source) else { return }
      let table = try FirstSystemTable(url: url, password: try StorePassword.read(fromPasswordFile))
      let access = try StoredAccessFile(settings, makesStore: !dryRun)
      defer { access.close() }
      StandardError.write("from: \(table.location)\n")
      let rows = try Self.rows(of: table)
      var report = ImportReport(isDry: dryRun)
      let isFirst = try access.read().closedSince == nil
      if dryRun {
        let book = try access.read()
        report.add(Self.outcomes(of: rows, in: book, renumbers: true))
      } else {
        for group in Self.groups(rows) { report.add(try take(group, into: access, renumbers: false)) }
        // Now all the others have their numbers.
        for group in Self.groups(report.deferred) {
          report.add(try take(group, into: access, renumbers: true))
        }
      }
      report.end()
      if isFirst, report.added > 0, !dryRun {
        StandardError.write(FirstKey.notice(access.configuration, .user))
      }
      if report.refused > 0 { throw ExitCode.failure }
    }

    private func take(
      _ rows: [FirstSystemUser], into access: StoredAccessFile, renumbers: Bool
    ) throws -> [ImportReport.Line] {
      let lines = try access.perform { (book) throws(AccessError) in
        let lines = Self.outcomes(of: rows, in: book, renumbers: renumbers)
        for case .added(let record, _) in lines.map(\.outcome) { try book.add(record) }
        return lines
      }
      for case .added(let record, _) in lines.map(\.outcome) { CommandAudit(.makeUser, user: record).write() }
      return lines
    }

    /// What becomes of rows by what there is.
    ///
    /// - Parameter renumbers: whether those whose numbers were somebody's get others.
    private static func outcomes(
      of rows: [FirstSystemUser], in book: AccessBook, renumbers: Bool
    ) -> [ImportReport.Line] {
      var plan = UserImport(
        beside: book.storedUsers, highestID: book.nextUser.map { $0.number - 1 } ?? .max, at: .now)
      let lines = rows.map { ImportReport.Line(row: $0, outcome: plan.take($0)) }
      guard renumbers else { return lines }
      return lines.filter { $0.outcome != .later }
        + plan.renumbered().map { ImportReport.Line(row: $0.row, outcome: $0.outcome) }
    }

    private static func rows(of table: FirstSystemTable) throws -> [FirstSystemUser] {
      var rows: [FirstSystemUser] = []
      var last = Int.min
      while true {
        let more = try table.users(after: last, limit: portion)
        guard let end = more.last?.id else { return rows }
        rows += more
        last = end
        guard rows.count <= AccessBook.limit else {
          throw StoreError(
            .unusable, "the table has more than \(AccessBook.limit) users: so many may not be here")
        }
      }
    }

    private static func groups(_ rows: [FirstSystemUser]) -> [[FirstSystemUser]] {
      stride(from: 0, to: rows.count, by: group).map { Array(rows[$0..<min(rows.count, $0 + group)]) }
    }
  }
}
