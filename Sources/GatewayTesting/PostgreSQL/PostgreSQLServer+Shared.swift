extension PostgreSQLServer {
  private static let sharedServer = Result { try PostgreSQLServer() }

  /// One for all tests of a process that need no more than a database of their own: it is never stopped. Blocks the first time.
  public static func sharedByTests() throws -> PostgreSQLServer { try sharedServer.get() }
}

// The same for tasks, whose threads are few and must not block.
extension PostgreSQLServer {
  /// See ``sharedByTests()``.
  public static var shared: PostgreSQLServer {
    get async throws { try await TestThread.run { try sharedByTests() } }
  }

  /// See ``init(settings:password:)``.
  public static func started(
    settings: [String: String] = [:], password: String? = nil
  ) async throws -> PostgreSQLServer {
    try await TestThread.run { try PostgreSQLServer(settings: settings, password: password) }
  }

  /// See ``init(standbyOf:name:)``.
  public static func started(asStandbyOf primary: PostgreSQLServer, name: String) async throws
    -> PostgreSQLServer
  {
    try await TestThread.run { try PostgreSQLServer(standbyOf: primary, name: name) }
  }

  public func makeDatabase() async throws -> String { try await TestThread.run { try self.makeDatabase() } }

  @discardableResult
  public func query(_ sql: String, at address: String? = nil) async throws -> String {
    try await TestThread.run { try self.query(sql, at: address) }
  }

  public func start() async throws { try await TestThread.run { try self.start() } }

  public func kill() async { try? await TestThread.run { self.kill() } }

  public func stop() async { try? await TestThread.run { self.stop() } }

  public func promote() async throws { try await TestThread.run { try self.promote() } }
}
