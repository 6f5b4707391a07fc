import Access
import AccessStorage
import Configuration
import EventLoop
import GatewayTesting
import System
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams

/// Every route and every message of a WebSocket, with two who ask: what Ann has made is not for Bob.
@Suite(.serialized) struct PrincipalTableTests {
  /// What nobody's session has a part in.
  private static let free: Set<String> = Set(
    """
    POST /api/v1/chat/token
    POST /api/v1/chat/sessions/adopt
    GET /api/v1/admin/sessions
    GET /api/v1/models
    GET /api/v1/chat/models
    GET /api/v1/chat/health
    message ping
    message config
    command get_metrics
    GET /ws/echo
    """.split(separator: "\n").map(String.init))

  /// Groups of operations that are relayed, or about the gateway itself. One that knows a session's token is none of these.
  private static let freeGroups: Set<Operation.Group> = [
    .ollama, .models, .openAI, .anthropic, .servers, .signIn, .access, .liteLLM, .health, .pages,
  ]

  /// A route or message that is new is put into the table, or said to have no part in sessions.
  @Test func theTableIsWhole() async throws {
    let endpoints = try await ServedRoutes.all().flatMap { route in
      route.endpoints.map { (key: "\($0.method) \(route.pattern)", operation: $0.operation) }
    }
    for (key, operation) in endpoints where Self.freeGroups.contains(operation.group) {
      #expect(!operation.parameters.contains { $0.name == "X-Session-Token" }, "\(key)")
    }
    let listed = endpoints.filter { !Self.freeGroups.contains($0.operation.group) }.map(\.key)
    let messages =
      ChatSocketMessage.Kind.allCases.filter { $0 != .command }.map { "message \($0.rawValue)" }
      + ChatSocketMessage.Command.allCases.map { "command \($0.rawValue)" }
    let rows = Set(TableRow.all.map(\.key))
    #expect(rows.isDisjoint(with: Self.free))
    #expect(rows.union(Self.free) == Set(listed + messages))
  }

  /// Who Ann and Bob are.
  enum Pair: CaseIterable, Sendable {
    case machineAndStranger
    /// From one and the same address.
    case tokenAndStranger
    /// The same; hers may administer.
    case twoKeys
    /// The same; his may administer, which opens nothing of hers.
    case keyAndAdministrator
    /// The same, of two users.
    case twoUsers
    /// The same, who share a team.
    case twoUsersOfATeam
    /// A user, and whom a key names by her name: he is no user.
    case userAndNamesake
    /// A user, and whom a key names by what stores know her by.
    case userAndNumber
    /// Whom one and the same key names, request by request.
    case namedUsers
    /// Whom two keys name by one name.
    case namesakesOfTwoKeys

    /// Whether the sessions are those of keys.
    var haveKeys: Bool { self != .machineAndStranger && self != .tokenAndStranger }
    /// Whether Ann may administer, and Bob may not.
    var hasAdministrator: Bool { self == .machineAndStranger || self == .twoKeys }

    func callers(_ gateway: RunningGateway) async throws -> (ann: Caller, bob: Caller) {
      let bob = Caller(gateway, at: "203.0.113.2")
      switch self {
      case .machineAndStranger: return (Caller(onThisMachine: gateway), bob)
      case .tokenAndStranger:
        let token = try await bob.request("POST", "\(ChatClient.path)/token").json["token"].string
        return (Caller(gateway, at: "203.0.113.2", ["X-Session-Token": token ?? "none"]), bob)
      case .twoKeys:
        return Self.callers(gateway, TestKey([.chat, .admin]), TestKey(.chat))
      case .keyAndAdministrator:
        return Self.callers(gateway, TestKey(.chat), TestKey([.chat, .admin]))
      case .twoUsers:
        return Self.callers(
          gateway, TestKey(.chat) { $0.user = UserName("ann") }, TestKey(.chat) { $0.user = UserName("bob") })
      case .twoUsersOfATeam:
        let keys = ["ann", "bob"].map { name in
          TestKey(.chat) { ($0.user, $0.team) = (UserName(name), TeamName("research")) }
        }
        return Self.callers(gateway, keys[0], keys[1])
      case .userAndNamesake, .userAndNumber:
        let (hers, his) = (
          TestKey(.chat) { $0.user = UserName("ann") }, TestKey(.chat) { $0.mayActForUsers = true }
        )
        gateway.use(hers, his)
        return (
          Caller(gateway, at: "203.0.113.2", hers.headers),
          Self.caller(gateway, his, named: self == .userAndNamesake ? "ann" : "1")
        )
      case .namedUsers, .namesakesOfTwoKeys:
        let key = TestKey(.chat) { $0.mayActForUsers = true }
        let other = self == .namedUsers ? key : TestKey(.chat) { $0.mayActForUsers = true }
        gateway.use(key, other)
        return (
          Self.caller(gateway, key, named: "ann"),
          Self.caller(gateway, other, named: self == .namedUsers ? "bob" : "ann")
        )
      }
    }

    private static func caller(_ gateway: RunningGateway, _ key: TestKey, named name: String) -> Caller {
      var headers = key.headers
      headers.add("X-OpenWebUI-User-Id", name)
      return Caller(gateway, at: "203.0.113.2", headers)
    }

    private static func callers(
      _ gateway: RunningGateway, _ hers: TestKey, _ his: TestKey
    ) -> (ann: Caller, bob: Caller) {
      gateway.use(hers, his)
      return (
        Caller(gateway, at: "203.0.113.2", hers.headers), Caller(gateway, at: "203.0.113.2", his.headers)
      )
    }
  }

  @Test(arguments: Pair.allCases)
  func whatAnnMadeIsNotForBob(pair: Pair) async throws {
    try await withGateway(ollama: Self.ollama(), { $0.trustTheTest() }) { gateway, ollama in
      let (ann, bob) = try await pair.callers(gateway)
      for row in TableRow.all where !row.isAdministrative || pair.hasAdministrator {
        try await Self.hold(row, ann, bob, haveKeys: pair.haveKeys, ollama)
      }
    }
  }

  private static func hold(
    _ row: TableRow, _ ann: Caller, _ bob: Caller, haveKeys: Bool, _ ollama: ScriptedOllama
  ) async throws {
    for isChosen in [true, false] {
      let scene = try await Self.scene(ann, isChosen: isChosen, row, ollama)
      let before = try await scene.contents
      // A key's sessions are its own, whoever knows their ids.
      let expected = isChosen || haveKeys ? row.ofChosen : row.ofRandom
      #expect(try await row.act(bob, scene) == expected, "Bob: \(row.key), chosen: \(isChosen)")
      if !expected.reached && !row.endsGeneration {
        #expect(try await scene.contents == before, "\(row.key)")
        #expect(try await !scene.wasStopped(), "\(row.key)")
      }
      let hers = try await Self.scene(ann, isChosen: isChosen, row, ollama)
      #expect(try await row.act(ann, hers) == .done, "Ann: \(row.key), chosen: \(isChosen)")
    }
  }

  /// Two users, each by whatever he shows; and who shares a team with her, or may administer, is somebody else all the same.
  enum Users: CaseIterable, Sendable {
    case cookies, tokens, tokensOfTheIssuer, cookieAndToken, tokenAndKey, cookiesOfATeam,
      tokenAndAdministrator

    /// Ann's way, and Bob's.
    var ways: (UserTableTests.Way, UserTableTests.Way) {
      switch self {
      case .cookies, .cookiesOfATeam: (.cookie, .cookie)
      case .tokens, .tokenAndAdministrator: (.token, .token)
      case .tokensOfTheIssuer: (.issuer, .issuer)
      case .cookieAndToken: (.cookie, .token)
      case .tokenAndKey: (.token, .key)
      }
    }
  }

  @Test(arguments: Users.allCases) func whatAUserMadeIsNotForAnother(users: Users) async throws {
    let ollama = try Self.ollama()
    try await withIssuer(
      "", ollama: ollama,
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
      }
    ) { scene in
      let team = users == .cookiesOfATeam ? TeamName("research") : nil
      if let team {
        try await scene.gateway.gateway.keeper.perform { (book) throws(AccessError) in
          try book.put(TeamRecord(name: team, createdAt: .now), onlyIfNew: true)
        }
      }
      let (hers, his) = users.ways
      let scopes: Scopes = users == .tokenAndAdministrator ? [.chat, .admin] : .chat
      let ann = Caller(
        onThisMachine: scene.gateway,
        try await UserTableTests.headers(hers, .chat, number: 1, team: team, scene))
      let bob = Caller(
        onThisMachine: scene.gateway,
        try await UserTableTests.headers(his, scopes, number: 2, team: team, scene))
      for row in TableRow.all where !row.isAdministrative {
        try await Self.hold(row, ann, bob, haveKeys: true, ollama)
      }
    }
  }

  /// Whatever a user shows, what he made by anything else of his is his.
  @Test func aUserIsOneByAllThatHeShows() async throws {
    let ollama = try Self.ollama()
    try await withIssuer(
      "", ollama: ollama,
      {
        $0.trustTheTest()
        $0.allowedHosts = [HostPattern("chat.example.org")!]
      }
    ) { scene in
      let cookie = Caller(
        onThisMachine: scene.gateway, try await UserTableTests.headers(.cookie, .chat, number: 1, scene))
      let token = try await Visitor(scene.gateway).login("user1").json["access_token"].string
      let key = TestKey(.chat) { $0.user = UserName("user1") }
      try await scene.gateway.gateway.keeper.add(key.record)
      let identity = try #require(IssuerIdentity(issuer: scene.issuer.url, subject: "s"))
      let id = try #require(scene.users.first?.id)
      try await scene.gateway.gateway.keeper.change(id) { (user) throws(RecordError) in
        user.identities = [identity]
      }
      let others = [token ?? "none", key.text.text, scene.issuer.token(#""sub":"s""#)].map {
        Caller(scene.gateway, at: "203.0.113.9", ["Authorization": "Bearer \($0)"])
      }
      let made = try await cookie.say("hello", session: "tour")
      #expect(made.status == 200)
      for other in others {
        #expect(try await other.contents(of: "tour")?.first == "hello")
        #expect(try await other.sessions == ["tour"])
      }
    }
  }

  @Test func sharedSessionsAreForBoth() async throws {
    try await withGateway(
      ollama: Self.ollama(),
      {
        $0.trustTheTest()
        $0.sharedSessions = true
      }
    ) { gateway, ollama in
      let (ann, bob) = try await Pair.machineAndStranger.callers(gateway)
      for row in TableRow.all {
        for isChosen in [true, false] {
          for caller in [bob, ann] {
            let scene = try await Self.scene(ann, isChosen: isChosen, row, ollama)
            let expected = row.isAdministrative && caller.headers["X-Forwarded-For"] != nil
            #expect(
              try await row.act(caller, scene) == (expected ? row.ofChosen : .done),
              "\(row.key), chosen: \(isChosen)")
          }
        }
      }
    }
  }

  /// It responds at once, but for a message that names a gate: of that response the rest waits there.
  private static func ollama() throws -> ScriptedOllama {
    try ScriptedOllama { request in
      let said = request.json["messages"].array.last?["content"].string ?? ""
      return Script(
        [.streamHead(), .chunk(OllamaWire.chatLine(model: "m", "One "))]
          + (said.hasPrefix("gate") ? [.gate(said)] : [])
          + [.chunk(OllamaWire.chatEnd(model: "m", evalCount: 3) + "\n"), .endChunks])
    }
  }

  private static let numbers = Counter()

  private static func scene(
    _ ann: Caller, isChosen: Bool, _ row: TableRow, _ ollama: ScriptedOllama
  ) async throws -> Scene {
    let number = numbers.next()
    let first = try await ann.say("hello", session: isChosen ? "tour\(number)" : nil)
    let session = try #require(first.json["session_id"].string)
    let image = try await ann.addImage(1, to: session)
    guard row.isGenerating else { return Scene(ann: ann, session: session, image: image, generation: nil) }
    let gate = "gate\(number)"
    let client = try await ann.open(gate, session: session)
    try await ollama.wait("the generation is under way") { $0.waiting(at: gate) == 1 }
    return Scene(
      ann: ann, session: session, image: image, generation: (client, { @Sendable in ollama.open(gate) }))
  }
}

/// Numbers, each once.
private final class Counter: Sendable {
  private let last = Lock(0)

  func next() -> Int {
    last.withLock { last in
      last += 1
      return last
    }
  }
}
