import Access
import Accounts
import GatewayTesting
import SQLiteStore
import Sessions
import System
import Testing

@testable import AccessStorage

/// What was said by a key of the operator's file while it was nobody's goes to the user that it gets.
@Suite struct FileKeySessionsTests {
  private let folder = TemporaryFolder()
  private let free = KeyRecord.sample(1)
  private var owned: KeyRecord { owned(by: "ann") }

  private func owned(by name: String) -> KeyRecord {
    var record = free
    record.user = UserName(name)
    return record
  }

  private func registry(_ storage: SessionStorage?) -> SessionRegistry {
    SessionRegistry(
      limits: SessionLimits(
        sessions: 100, totalBytes: 1 << 20, timeToLive: .seconds(86_400), contextMessages: 40,
        contextBytes: 1 << 18, grace: .seconds(30), retention: .seconds(60)), storage: storage)
  }

  private func say(_ text: String, by key: KeyRecord, _ registry: SessionRegistry, _ control: AccessControl)
    async throws
  {
    try await finish(try await begin(text, by: key, registry, control), registry)
  }

  private func begin(
    _ text: String, by key: KeyRecord, _ registry: SessionRegistry, _ control: AccessControl
  ) async throws -> Turn {
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: nil, principal: try principal(key, control), message: text, model: "m"))
    try await registry.acknowledge(turn)
    return turn
  }

  private func finish(_ turn: Turn, _ registry: SessionRegistry) async throws {
    await registry.finishTurn(turn, .completed(doneReason: "stop", usage: GenerationUsage()))
    try await eventually("they are theirs") { turn.generation.log.hasEnded }
  }

  private func principal(_ key: KeyRecord, _ control: AccessControl) throws -> Principal {
    try #require(control.directory.directory[key.id]).principal
  }

  private func titles(_ owner: Principal.ID, _ registry: SessionRegistry) async throws -> [String] {
    try await registry.list(as: Principal(owner, scopes: [.chat]), limit: 9)?.sessions.map(\.title) ?? []
  }

  @Test func atAReload() async throws {
    let open = try await OpenKeeper(folder, fileKeys: [free])
    let registry = registry(open.storage)
    open.keeper.use(registry)
    try await say("first", by: free, registry, open.control)
    let busy = try await begin("busy", by: free, registry, open.control)
    open.keeper.use(fileKeys: [owned])
    try await eventually("they are theirs") { try await titles(.user(UserID(1)!), registry) == ["first"] }
    try await finish(busy, registry)
    try await eventually("they are theirs") {
      await registry.carryOutAdoptions()
      return try await titles(.user(UserID(1)!), registry) == ["busy", "first"]
    }
    try await say("hers", by: free, registry, open.control)
    #expect(try await titles(.user(UserID(1)!), registry) == ["hers", "busy", "first"])
    // As after five seconds: what was under way by the key has come by then.
    let orders = try await open.storage.readers.read { reader throws(StoreError) in
      try reader.adoptions(limit: 9)
    }
    for order in orders { try await open.write(.dropAdoption(number: order.number, owner: "user:1")) }
    // Whoever is taken away keeps what is his; what the key says from then on is its own.
    open.keeper.use(fileKeys: [free])
    try await say("its own", by: free, registry, open.control)
    #expect(try await titles(.key(free.id), registry) == ["its own"])
    open.keeper.use(fileKeys: [])
    open.keeper.use(fileKeys: [owned(by: "bob")])
    try await eventually("they are theirs") { try await titles(.user(UserID(2)!), registry) == ["its own"] }
    #expect(try await titles(.user(UserID(1)!), registry).count == 3)
    await open.close()
  }

  @Test func atAStart() async throws {
    let former = try await OpenKeeper(folder, fileKeys: [free])
    let before = registry(former.storage)
    try await say("first", by: free, before, former.control)
    await former.close()
    for start in 1...2 {
      let open = try await OpenKeeper(folder, fileKeys: [owned])
      let registry = registry(open.storage)
      await registry.carryOutAdoptions()
      #expect(try await titles(.user(UserID(1)!), registry) == ["first"])
      let orders = try await open.storage.readers.read { reader throws(StoreError) in
        try reader.adoptions(limit: 9)
      }
      #expect(
        orders.count <= 1 && (start == 1 || orders.map { $0.number } == [1]), "nothing is ordered twice")
      await open.close()
    }
  }

  /// Who may name others has said it for these.
  @Test func whoseUserCouldNotBeMade() async throws {
    let open = try await OpenKeeper(folder, fileKeys: [])
    let registry = registry(open.storage)
    open.keeper.use(registry)
    // No two have one address.
    try await open.keeper.perform { (book) throws(AccessError) in
      let user = try book.addUser(UserName("ann")!, at: .now)
      try book.change(user.id) { $0.setEmail("bob@example.org") }
    }
    let key = owned(by: "bob@example.org")
    var acting = KeyRecord.sample(2)
    (acting.user, acting.mayActForUsers) = (key.user, true)
    open.keeper.use(fileKeys: [key, acting])
    try await eventually("they are theirs") {
      open.notes.withLock { $0.contains { $0.contains("usersNotMade") } }
    }
    try await say("known to the key", by: key, registry, open.control)
    try await say("somebody's", by: acting, registry, open.control)
    #expect(try await titles(.keyUser(key.id, key.user!), registry) == ["known to the key"])
    try await open.keeper.change(UserID(1)!) { $0.setEmail(nil) }
    var other = key
    other.name = "another"
    open.keeper.use(fileKeys: [other, acting])
    try await eventually("they are theirs") {
      try await titles(.user(UserID(2)!), registry) == ["known to the key"]
    }
    #expect(try await titles(.keyUser(acting.id, key.user!), registry) == ["somebody's"])
    await open.close()
  }

  @Test func withoutAStore() async throws {
    let control = AccessControl()
    let keeper = AccessKeeper(nil, for: control)
    let registry = registry(nil)
    keeper.use(registry)
    try await keeper.start(fileKeys: [free])
    try await say("first", by: free, registry, control)
    let busy = try await begin("busy", by: free, registry, control)
    keeper.use(fileKeys: [owned])
    try await eventually("they are theirs") { try await titles(.user(UserID(1)!), registry) == ["first"] }
    try await finish(busy, registry)
    try await eventually("they are theirs") {
      try await titles(.user(UserID(1)!), registry) == ["busy", "first"]
    }
    await keeper.stop(within: .zero)
  }
}
