import Sessions
import System
import Testing

@testable import PostgreSQLStore

@Suite("Commands of a group") struct GroupCommandsTests {
  private static func begin(_ id: String, text: String = "text", generation: String? = nil) -> StoreWrite {
    StoreWrite([
      .putSession(Sample.session(id)), .putMessage(Sample.message(0, text), in: Sample.key(id)),
      .putGeneration(Sample.generation(generation ?? "g-\(id)", in: id)),
    ])
  }

  private static func end(_ id: String) -> StoreWrite {
    StoreWrite([
      .updateSession(Sample.session(id)), .putMessage(Sample.message(1), in: Sample.key(id)),
      .endGeneration(id: "g-\(id)", StoredGenerationEnd(.completed, endedAt: Sample.time, lastNumber: 1)),
    ])
  }

  /// The names of the statements.
  private static func names(_ group: [StoreWrite]) -> [String] {
    GroupCommands(group).commands.map {
      if case .prepared(let statement, _) = $0 { statement.name } else { "" }
    }
  }

  @Test func turnsThatBeginAndTurnsThatEndAreAStatementEach() {
    #expect(Self.names([Self.begin("a")]) == ["begin_turn"])
    #expect(Self.names([Self.end("a")]) == ["end_turn"])
    let group = [Self.begin("a"), Self.end("b"), Self.begin("c"), Self.end("d"), Self.end("e")]
    #expect(Self.names(group) == ["begin_turns", "end_turns"])
    #expect(Self.names([]) == [])
  }

  @Test("What touches a session or a generation again comes after it") func order() {
    #expect(Self.names([Self.begin("a"), Self.end("a")]) == ["begin_turn", "end_turn"])
    #expect(Self.names([Self.end("a"), Self.begin("a")]) == ["end_turn", "begin_turn"])
    #expect(Self.names([Self.begin("a"), Self.begin("a")]) == ["begin_turn", "begin_turn"])
    let same = [Self.begin("a", generation: "g"), Self.begin("b", generation: "g")]
    #expect(Self.names(same) == ["begin_turn", "begin_turn"])
  }

  @Test("What touches other tables goes along, and everything else is done in its place") func others() {
    let time = Timestamp(millisecondsSince1970: 5)
    let checkpoint = StoreWrite([.dropCheckpoints(before: 3)])
    var ended = Self.end("b")
    ended.changes += [.dropIdempotentRequest(generation: "g-b"), .dropCheckpoints(before: 2)]
    #expect(
      Self.names([
        Self.begin("a"), checkpoint, ended, Self.begin("c"),
        StoreWrite([.dropIdempotentRequests(expiredBy: time)]),
      ])
        == [
          "begin_turns", "end_turn", "drop_checkpoints", "drop_request", "drop_checkpoints",
          "drop_expired_requests",
        ])
    #expect(
      Self.names([Self.begin("a"), StoreWrite([.deleteSession(Sample.key("a"))]), Self.begin("b")])
        == ["begin_turn", "drop_requests_of_session", "delete_session", "begin_turn"])
  }

  @Test(
    "A write that is no turn's own is done change by change",
    arguments: [
      [StoreChange.putSession(Sample.session("a"))],
      [.putSession(Sample.session("a")), .putMessage(Sample.message(0), in: Sample.key("a"))],
      // In another order, of two sessions, two messages, with a change that touches more.
      [.putMessage(Sample.message(0), in: Sample.key("a"))]
        + begin("a").changes.filter { if case .putMessage = $0 { false } else { true } },
      begin("a").changes.dropLast() + [.putGeneration(Sample.generation("g", in: "b"))],
      begin("a").changes + [.putMessage(Sample.message(1), in: Sample.key("a"))],
      begin("a").changes + [.dropEndedParts(of: Sample.key("a"))],
      begin("a").changes.dropLast() + end("a").changes.suffix(1),
    ])
  func otherWrites(_ changes: [StoreChange]) {
    let names = Self.names([StoreWrite(changes)])
    #expect(
      names.count >= changes.count
        && !names.contains { $0.hasPrefix("begin_turn") || $0.hasPrefix("end_turn") })
  }

  @Test("Each parameter has its column") func parameters() {
    for group in [[Self.begin("a")], [Self.begin("a"), Self.begin("b")]] {
      for command in GroupCommands(group).commands {
        guard case .prepared(let statement, let parameters) = command else { continue }
        #expect(parameters.count == WriteStatements.beginTurns.columns.count)
        #expect(
          statement.name
            == (group.count == 1 ? WriteStatements.beginTurns.one : WriteStatements.beginTurns.many).name)
      }
    }
    guard case .prepared(_, let parameters)? = GroupCommands([Self.end("a")]).commands.first else {
      Issue.record("no statement")
      return
    }
    #expect(parameters.count == WriteStatements.endTurns.columns.count)
  }

  @Test("No statement grows without bound") func size() {
    let text = String(repeating: "x", count: 300_000)
    let group = (0..<9).map { Self.begin("s\($0)", text: text) }
    #expect(Self.names(group) == ["begin_turns", "begin_turns", "begin_turn"])
  }
}
