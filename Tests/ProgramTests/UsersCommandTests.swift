import Access
import GatewayTesting
import Glibc
import Passwords
import PostgreSQLStore
import SQLiteStore
import Sessions
import System
import Testing

/// `users`, as it is called from a shell.
@Suite struct UsersCommandTests {
  private static let password = "Correct!Horse7"

  private let folder = TemporaryFolder()

  private var path: String { folder.path + "/gateway.db" }
  private var store: [String] { ["--store", "sqlite:\(path)"] }

  init() throws { try SQLiteStore.open(path: path).close() }

  /// - Returns: the exit code, and the lines of standard output and standard error.
  private func run(
    _ arguments: [String]
  ) throws -> (code: Int32, lines: [String], errors: String) {
    let run = try ProgramRun(arguments + store)
    let code = run.wait()
    return (code, run.output.split(whereSeparator: \.isNewline).map(String.init), run.errors)
  }

  private func file(_ text: String, _ name: String = "password") throws -> String {
    let path = folder.path + "/" + name
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
    return path
  }

  private func records() throws -> [TestJSON] {
    try run(["users", "list", "--json"]).lines.map { try TestJSON($0) }
  }

  /// The documents of the users, as the store has them.
  private func documents() throws -> [TestJSON] {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    return try store.makeReader().access(limit: 10).users.map {
      try TestJSON(String(decoding: $0.document, as: UTF8.self))
    }
  }

  @Test func theFirstUserSaysWhoIsShutOut() throws {
    let added = try run(["users", "add", "ann", "--password-file", try file(Self.password + "\n")])
    #expect(added.code == 0 && added.lines.isEmpty, "\(added.errors)")
    #expect(added.errors.contains("made the user ann (id 1)\n") && added.errors.contains("first user"))
    #expect(added.errors.contains("  auth: required\n"))
    let hash = try #require(PasswordHash(try documents()[0]["password_hash"].string ?? ""))
    #expect(hash.matches(Self.password) && !hash.matches("Correct!Horse8"))
    let shown = try run(["users", "show", "ann", "--json"]).lines.joined()
    #expect(!shown.contains("$2b$") && !shown.contains("hash"))
    let second = try run(["users", "add", "bob"])
    #expect(
      second.code == 0 && !second.errors.contains("first user") && second.errors.contains("users passwd bob"))
  }

  @Test func aUserWithEverything() throws {
    #expect(try run(["teams", "add", "research", "--tpd", "1000"]).code == 0)
    let added = try run([
      "users", "add", "ann", "--email", "Ann@Example.org", "--full-name", "Ann O'Hara", "--type", "llm_api",
      "--models", "llama3*,!*:70b", "--team", "research", "--verified", "--rpm", "60", "--budget",
      "1000000tokens/month",
    ])
    #expect(added.code == 0, "\(added.errors)")
    let user = try records()[0]
    #expect(user["id"] == 1 && user["name"] == "ann" && user["email"] == "Ann@Example.org")
    #expect(user["full_name"] == "Ann O'Hara" && user["scopes"] == .array(["inference", "models.read"]))
    #expect(user["models"] == .array(["llama3*", "!*:70b"]) && user["team"] == "research")
    #expect(user["limits"]["rpm"] == 60 && user["verified"] == true && user["password"] == false)
    #expect(user["status"] == "active" && user["keys"] == 0)
    for name in ["ann", "ANN@example.org", "1", "user:1"] {
      #expect(try run(["users", "show", name]).lines.contains { $0.contains("Ann O'Hara") }, "\(name)")
    }
    #expect(try run(["users", "list", "--team", "research"]).lines.count == 2)
    #expect(try run(["users", "list", "--team", "other"]).lines.count == 1)
  }

  @Test func aUserFromHisMakingToHisEnd() throws {
    #expect(try run(["users", "add", "ann"]).code == 0)
    #expect(try run(["users", "add", "ann"]).code == 1)
    let key = try run(["keys", "add", "--name", "k", "--user", "ann"])
    #expect(key.code == 0, "\(key.errors)")
    #expect(try records()[0]["keys"] == 1)
    #expect(try run(["users", "passwd", "ann", "--password-file", try file(Self.password)]).code == 0)
    #expect(try records()[0]["password"] == true)
    let generation = try #require(try documents()[0]["generation"].number)
    #expect(try run(["users", "disable", "ann"]).code == 0)
    #expect(try records()[0]["status"] == "disabled")
    #expect(try run(["users", "enable", "ann"]).code == 0)
    #expect(try run(["users", "sign-out", "ann"]).code == 0)
    #expect(try documents()[0]["generation"].number == generation + 2)
    #expect(try run(["users", "unlock", "ann"]).code == 0)
    #expect(try documents()[0]["unlocked_at"].string != nil)
    #expect(try run(["users", "set", "ann", "--email", "a@b.c", "--admin", "--rpm", "7"]).code == 0)
    #expect(try records()[0]["scopes"].array.count == 7)
    let changed = try run([
      "users", "set", "a@b.c", "--no-email", "--type", "default", "--no-limits", "--no-password",
    ])
    #expect(changed.code == 0, "\(changed.errors)")
    #expect(try records()[0]["password"] == false)
    #expect(try run(["users", "delete", "ann"]).code == 0)
    #expect(try records().isEmpty)
    #expect(try run(["keys", "list", "--json"]).lines.isEmpty, "his keys go with him")
    #expect(try run(["users", "add", "ann"]).errors.contains("(id 2)"), "a number is never given again")
  }

  @Test func theNameOfAUserChanges() throws {
    #expect(try run(["users", "add", "ann"]).code == 0)
    #expect(try run(["users", "add", "bob"]).code == 0)
    #expect(try run(["keys", "add", "--name", "k", "--user", "ann"]).code == 0)
    #expect(try run(["users", "set", "ann", "--name", "bob"]).code == 1)
    let changed = try run(["users", "set", "ann", "--name", "anna"])
    #expect(changed.code == 0, "\(changed.errors)")
    let user = try #require(try records().first)
    #expect(user["name"] == "anna" && user["id"] == 1 && user["keys"] == 1)
    #expect(try TestJSON(try run(["keys", "list", "--json"]).lines.first ?? "")["user"] == "anna")
  }

  @Test func aLinkIsToldOnce() throws {
    let added = try run(["users", "add", "ann", "--reset", "--url", "https://example.org/ai"])
    #expect(added.code == 0 && added.lines.count == 1)
    let prefix = "https://example.org/ai/#reset="
    #expect(added.lines[0].hasPrefix(prefix))
    let first = try #require(LinkSecret(String(added.lines[0].dropFirst(prefix.count))))
    #expect(!added.errors.contains(first.text))
    #expect(try documents()[0]["reset"]["digest"].string == first.digest.hexadecimal)
    let again = try run(["users", "reset", "ann"])
    let second = try #require(LinkSecret(again.lines.first ?? ""))
    #expect(second.text != first.text && again.errors.contains("until 2"))
    #expect(try documents()[0]["reset"]["digest"].string == second.digest.hexadecimal)
    #expect(try run(["users", "show", "ann"]).lines.contains { $0.hasPrefix("link") })
    #expect(
      !(try run(["users", "show", "ann", "--json"]).lines.joined().contains(second.digest.hexadecimal)))
    #expect(try run(["users", "verify", "ann"]).code == 64, "he has no e-mail address")
    #expect(try run(["users", "set", "ann", "--email", "a@b.c"]).code == 0)
    let verification = try run(["users", "verify", "ann"])
    #expect(LinkSecret(verification.lines.first ?? "") != nil)
  }

  @Test func whomAnIssuerKnows() throws {
    let identity = ["--issuer", "https://id.example.org", "--subject", "2482"]
    #expect(try run(["users", "add", "ann"]).code == 0)
    #expect(try run(["users", "add", "bob"]).code == 0)
    #expect(try run(["users", "link", "ann"] + identity).code == 0)
    #expect(try run(["users", "link", "bob"] + identity).code == 1, "nobody else is it")
    #expect(try records()[0]["identities"].array.count == 1)
    #expect(try run(["users", "link", "bob", "--remove"] + identity).code == 64)
    #expect(try run(["users", "link", "ann", "--remove"] + identity).code == 0)
    #expect(try run(["users", "link", "bob"] + identity).code == 0)
  }

  @Test func twoWhoAreMeantByOneText() throws {
    #expect(try run(["users", "add", "2"]).code == 0)
    #expect(try run(["users", "add", "ann"]).code == 0)
    let unclear = try run(["users", "disable", "2"])
    #expect(unclear.code == 1 && unclear.errors.contains("user:1") && unclear.errors.contains("user:2"))
    #expect(try run(["users", "disable", "user:2"]).code == 0)
    #expect(try records().map { $0["status"].string } == ["active", "disabled"])
  }

  @Test(arguments: [
    ["users"], ["users", "nonsense"], ["users", "add"], ["users", "add", "a b"], ["users", "add", ""],
    ["users", "add", "n", "--email", "nobody"], ["users", "add", "n", "--type", "god"],
    ["users", "add", "n", "--admin", "--type", "default"], ["users", "add", "n", "--scopes", "root"],
    ["users", "add", "n", "--rpm", "0"], ["users", "add", "n", "--models", "a b"],
    ["users", "add", "n", "--team", "none"], ["users", "add", "n", "--team", "a b"],
    ["users", "add", "n", "--password", "--reset"], ["users", "add", "n", "--url", "https://x"],
    ["users", "reset", "n", "--url", "ftp://x"], ["users", "reset", "n", "--url", "https://x/#a"],
    ["users", "add", "n", "--password-file", "/nonexistent"],
    ["users", "set", "n", "--email", "a@b.c", "--no-email"], ["users", "link", "n", "--issuer", "i"],
    ["users", "link", "n", "--issuer", "", "--subject", "s"],
    ["users", "import"], ["users", "import", "--from", "sqlite:x"],
    ["users", "import", "--from", "users.csv"],
    ["keys", "add", "--name", "n", "--user", "nobody"],
  ]) func aWrongCallIs64(_ arguments: [String]) throws {
    let result = try run(arguments)
    if arguments == ["users"] {
      // ArgumentParser shows what there is.
      #expect(result.code == 0)
    } else {
      #expect(result.code == 64 && result.lines.isEmpty, "\(result.errors)")
    }
  }

  @Test(arguments: ["short", "nocapital-7", "NOSMALL-7", "No-Digits", "NoSign77", "Password1!"])
  func aWeakPasswordIsRefusedAndNotShown(_ text: String) throws {
    let added = try run(["users", "add", "ann", "--password-file", try file(text)])
    #expect(added.code == 64 && added.errors.contains("Password ") && !added.errors.contains(text))
    #expect(try records().isEmpty)
  }

  @Test func whoIsNotThere() throws {
    for arguments in [
      ["show"], ["set", "--rpm", "7"], ["disable"], ["enable"], ["delete"], ["reset"], ["verify"], ["unlock"],
      ["sign-out"], ["passwd"],
    ] {
      let result = try run(["users", arguments[0], "nobody"] + arguments.dropFirst())
      #expect(result.code == 1 && result.errors.contains("there is no user nobody"), "\(arguments)")
    }
  }

  @Test func hisSessionsGoOrAreGiven() throws {
    for name in ["ann", "bob", "eve"] { #expect(try run(["users", "add", name]).code == 0) }
    do {
      let store = try SQLiteStore.open(path: path)
      defer { store.close() }
      let time = Timestamp.now
      let writes = [("s1", "user:1"), ("s2", "user:1"), ("s3", "user:3")].map { key, owner in
        StoreWrite([
          .putSession(
            StoredSession(key: StoreKey(stored: key), owner: owner, createdAt: time, updatedAt: time))
        ])
      }
      #expect(try store.makeWriter().commit(writes).allSatisfy { $0 == nil })
    }
    func count(_ owner: String) throws -> Int {
      let store = try SQLiteStore.open(path: path, mode: .beside)
      defer { store.close() }
      return try store.makeReader().sessions(ownedBy: owner, skip: 0, limit: 10).total
    }
    #expect(try run(["users", "delete", "ann", "--give-to", "ann"]).code == 64)
    let given = try run(["users", "delete", "ann", "--give-to", "bob"])
    #expect(given.code == 0 && given.errors.contains("2 sessions given to bob"), "\(given.errors)")
    #expect(try count("user:2") == 2 && count("user:1") == 0)
    let deleted = try run(["users", "delete", "eve"])
    #expect(deleted.code == 0 && deleted.errors.contains("1 session deleted"))
    #expect(try count("user:3") == 0)
  }
}

/// `users import`.
@Suite struct UsersImportTests {
  private static let hash = "$2b$12$DUMMYDUMMYDUMMYDUMMYDO/GxnQa4WAXK0aIGXUuQfR6HiO3QrJdu"

  @Test(
    "The first system's users come over once, with their passwords, whichever store there is",
    arguments: [false, true])
  func theyComeOver(onPostgreSQL: Bool) async throws {
    let folder = TemporaryFolder()
    let server = try await PostgreSQLServer.shared
    let source = try await server.makeDatabase()
    try await server.query(
      """
      CREATE TABLE users (id serial PRIMARY KEY, email varchar(255) UNIQUE, username varchar(100) UNIQUE, full_name text,
        hashed_password text, is_active boolean, is_superuser boolean, is_verified boolean, created_at timestamptz);
      INSERT INTO users VALUES
        (1, 'root@example.org', 'root', NULL, '\(Self.hash)', true, true, true, '2025-01-01Z'),
        (4, 'ann@example.org', 'ann&amp;co', 'Ann', '\(Self.hash)', true, false, false, '2025-01-02Z'),
        (5, 'zoe@example.org', 'Zoë', NULL, 'md5', false, false, false, '2025-01-03Z'),
        (6, NULL, 'Übel', NULL, '\(Self.hash)', true, false, false, '2025-01-04Z');
      """, at: source)
    // The same database has the gateway's own tables, in their schema.
    let place = onPostgreSQL ? source : "sqlite:\(folder.path)/gateway.db"
    func run(_ arguments: String...) async throws -> (code: Int32, lines: [String], errors: String) {
      let run = try ProgramRun(arguments + ["--store", place])
      let code = run.wait()
      return (code, run.output.split(whereSeparator: \.isNewline).map(String.init), run.errors)
    }
    #expect(try await run("users", "add", "local").code == 0)
    let dry = try await run("users", "import", "--from", source, "--dry-run")
    #expect(
      dry.code == 1 && dry.lines.count == 4 && dry.errors.contains("nothing was changed"), "\(dry.errors)")
    #expect(try await run("users", "list", "--json").lines.count == 1)
    let imported = try await run("users", "import", "--from", source)
    #expect(
      imported.code == 1 && imported.errors.contains("3 taken over, 0 here already, 1 not taken over"),
      "\(imported)")
    #expect(Set(imported.lines) == Set(dry.lines))
    let root = try #require(imported.lines.first { $0.hasPrefix("root: taken over (number 6; ") })
    #expect(root.contains("as 1 was somebody's here") && root.contains("no administrator"))
    #expect(imported.lines.contains("ann&co: taken over (number 4)"))
    #expect(
      imported.lines.contains {
        $0.hasPrefix("zoe@example.org: taken over (number 5; ") && $0.contains("disabled")
      })
    #expect(imported.lines.contains { $0.hasPrefix("Übel: not taken over") })
    let users = try await run("users", "list", "--json").lines.map { try TestJSON($0) }
    #expect(users.map { $0["name"].string } == ["local", "ann&co", "zoe@example.org", "root"])
    #expect(users.allSatisfy { !$0["scopes"].array.contains("admin") })
    let again = try await run("users", "import", "--from", source)
    #expect(
      again.code == 1 && again.errors.contains("0 taken over, 3 here already, 1 not taken over"), "\(again)")
    #expect(try await run("users", "list", "--json").lines.count == 4)
    try await server.query("DELETE FROM users WHERE id = 6", at: source)
    #expect(try await run("users", "import", "--from", source).code == 0)
  }

  @Test func aDatabaseWithoutTheTableIsSaid() async throws {
    let folder = TemporaryFolder()
    let source = try await PostgreSQLServer.shared.makeDatabase()
    let run = try ProgramRun([
      "users", "import", "--from", source, "--store", "sqlite:\(folder.path)/gateway.db",
    ])
    #expect(run.wait() == 64)
    #expect(run.errors.contains("no table"))
  }
}
