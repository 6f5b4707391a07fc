import GatewayTesting
import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("Readers that a server has no connection for") struct ReadersTests {
  @Test("With three connections one reader does the work of both, and that is told") func three() async throws
  {
    let server = try await PostgreSQLServer.shared
    let url = try await server.makeDatabase()
    let role = "limited_\(UInt64.random(in: 0 ... .max))"
    try await server.query("CREATE ROLE \(role) LOGIN CONNECTION LIMIT 3")
    let database = try await server.query("SELECT current_database()", at: url)
    try await server.query("ALTER DATABASE \(database) OWNER TO \(role)")
    let notes = Lock<[StoreNote]>([])
    let store = try await PostgreSQLStore.opened(url.replacing("gateway@", with: "\(role)@"))
    let storage = try await TestThread.run {
      try SessionStorage(store, timeout: .seconds(10)) { note in notes.withLock { $0.append(note) } }
    }
    // As at a start, where one reads before there are others.
    _ = try await storage.readers.read { reader throws(StoreError) in try reader.accessState() }
    let answers = await withTaskGroup { group in
      for _ in 1...12 {
        group.addTask {
          (try? await storage.readers.read { reader throws(StoreError) in
            try reader.sessions(after: nil, limit: 1).count
          }) == 0
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == [Bool](repeating: true, count: 12))
    let told = notes.withLock { $0 }
    guard case .lacksReaders(let error)? = told.first, told.count == 1 else {
      Issue.record("\(told)")
      return
    }
    #expect(error.description.contains("too many connections"), "\(error)")
    #expect(storage.figures.state == .ok)
    await storage.close(within: .seconds(5))
  }
}
