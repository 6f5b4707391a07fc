import Access
import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

/// The first system's table of users, as that system makes it.
@Suite struct FirstSystemTableTests {
  /// As that system's migrations have it.
  private static let table = """
    CREATE TABLE users (id serial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, username varchar(100) NOT NULL UNIQUE,
      full_name varchar(255), hashed_password text NOT NULL, is_active boolean NOT NULL DEFAULT true,
      is_superuser boolean NOT NULL DEFAULT false, is_verified boolean NOT NULL DEFAULT false, verified_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, last_login timestamptz,
      failed_login_attempts integer NOT NULL DEFAULT 0, account_locked_until timestamptz, password_changed_at timestamptz,
      refresh_token text)
    """

  private func read(
    _ url: String, after id: Int = 0, limit: Int = 100, password: String? = nil
  ) async throws -> [FirstSystemUser] {
    try await TestThread.run {
      try FirstSystemTable(url: url, password: password).users(after: id, limit: limit)
    }
  }

  @Test func aRowWithEverythingAndOneWithNextToNothing() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query(
      """
      \(Self.table);
      INSERT INTO users VALUES (7, 'ann@example.org', 'ann&amp;co', 'Ann O&#x27;Hara', '$2b$12$abc', true, true, true,
        '2026-01-02T03:04:05.678Z', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-04T02:00:00+02:00', 3, now(),
        '2026-01-05T00:00:00Z', 'a.b.c');
      INSERT INTO users (id, email, username, hashed_password, is_active, created_at)
        VALUES (9, 'bob@example.org', 'bob', '', false, 'infinity');
      """, at: url)
    let users = try await read(url)
    var ann = FirstSystemUser(
      id: 7, escapedName: "ann&amp;co", email: "ann@example.org", escapedFullName: "Ann O&#x27;Hara",
      passwordHash: "$2b$12$abc", isActive: true, isAdministrator: true, isVerified: true)
    ann.verifiedAt = Timestamp(iso8601: "2026-01-02T03:04:05.678Z")
    ann.createdAt = Timestamp(iso8601: "2026-01-01T00:00:00Z")
    ann.updatedAt = Timestamp(iso8601: "2026-01-03T00:00:00Z")
    ann.lastLoginAt = Timestamp(iso8601: "2026-01-04T00:00:00Z")
    ann.passwordChangedAt = Timestamp(iso8601: "2026-01-05T00:00:00Z")
    let bob = FirstSystemUser(
      id: 9, escapedName: "bob", email: "bob@example.org", passwordHash: "", isActive: false)
    #expect(users == [ann, bob])
    #expect(try await read(url, after: 7) == [bob])
    #expect(try await read(url, limit: 1) == [ann])
    #expect(try await read(url, after: 9).isEmpty)
    #expect(
      try await server.query("SELECT count(*) FROM users WHERE failed_login_attempts = 3", at: url) == "1")
  }

  @Test("A table of an earlier version, without what came later, and times without a zone") func earlier()
    async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query(
      """
      CREATE TABLE users (id bigint, email text, username text, hashed_password text, is_active boolean, created_at timestamp);
      INSERT INTO users VALUES (1, NULL, '\(String(repeating: "n", count: 5000))', NULL, true, '2026-01-01 00:00:00');
      """, at: url)
    let user = try #require(try await read(url).first)
    #expect(user.escapedName.utf8.count == 1000 && user.email == nil && user.passwordHash == nil)
    #expect(
      user.isActive && !user.isAdministrator && user.createdAt == Timestamp(iso8601: "2026-01-01T00:00:00Z"))
  }

  @Test("The gateway's own table of users, in its own schema, is not taken for it") func ownTable()
    async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query(
      """
      CREATE SCHEMA ollama_gateway;
      CREATE TABLE ollama_gateway.users (id bigint, username text, email text);
      ALTER DATABASE \(url.split(separator: "/")[2].split(separator: "?")[0]) SET search_path = ollama_gateway, public;
      """, at: url)
    let error = await #expect(throws: StoreError.self) { try await read(url) }
    #expect(error?.kind == .unusable && error?.description.contains("no table") == true)
    try await server.query(
      "CREATE TABLE public.users (id bigint, username text, email text); INSERT INTO public.users VALUES (1, 'ann', NULL)",
      at: url)
    #expect(try await read(url).map(\.name) == ["ann"])
  }

  @Test func whatCannotBeReadIsSaid() async throws {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    try await server.query(
      "CREATE TABLE users (id text, username text, email text); INSERT INTO users VALUES ('x', 'ann', NULL)",
      at: url)
    #expect(await #expect(throws: StoreError.self) { try await read(url) }?.kind == .unusable)
    let nowhere = "postgresql://gateway@/postgres?host=/nonexistent-folder"
    #expect(await #expect(throws: StoreError.self) { try await read(nowhere) }?.kind == .away)
    #expect(
      await #expect(throws: StoreError.self) { try await read("mysql://localhost/x") }?.kind == .unusable)
  }
}
