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

  private static func whole(_ id: String, generation: String? = nil) -> StoreWrite {
    var ended = Sample.generation(generation ?? "g-\(id)", in: id)
    ended.end = StoredGenerationEnd(.completed, endedAt: Sample.time, lastNumber: 1, answerPlace: 1)
    return StoreWrite([
      .putSession(Sample.session(id)), .putMessage(Sample.message(0), in: Sample.key(id)),
      .putMessage(Sample.message(1), in: Sample.key(id)), .putGeneration(ended),
    ])
  }

  private static let oneWhole = ["put_session", "put_message", "put_message", "put_generation"]
  private static let oneBegin = ["put_session", "put_message", "put_generation"]
  private static let oneEnd = ["update_session", "put_message", "end_generation", "drop_parts"]

  /// The names of the statements.
  private static func names(_ group: [StoreWrite]) -> [String] {
    GroupCommands(group).commands.map {
      if case .prepared(let statement, _) = $0 { statement.name } else { "" }
    }
  }

  @Test func turnsThatBeginAndTurnsThatEndAreAStatementEach() {
    #expect(Self.names([Self.begin("a")]) == Self.oneBegin)
    #expect(Self.names([Self.end("a")]) == Self.oneEnd)
    let group = [Self.begin("a"), Self.end("b"), Self.begin("c"), Self.end("d"), Self.end("e")]
    #expect(Self.names(group) == ["begin_turns", "end_turns"])
    #expect(Self.names([]) == [])
  }

  @Test("Turns in sessions that are there go with those in new ones") func continuedSessions() {
    var (begin, whole) = (Self.begin("a"), Self.whole("b"))
    begin.changes[0] = .updateSession(Sample.session("a"))
    whole.changes[0] = .updateSession(Sample.session("b"))
    #expect(Self.names([begin]) == ["update_session"] + Self.oneBegin.dropFirst())
    #expect(Self.names([begin, Self.begin("c"), whole, Self.whole("d")]) == ["begin_turns", "whole_turns"])
  }

  @Test("Turns that begin and end at once are a statement of their own") func wholeTurns() {
    #expect(Self.names([Self.whole("a")]) == Self.oneWhole)
    #expect(Self.names([Self.whole("a"), Self.whole("b")]) == ["whole_turns"])
    let group = [
      Self.begin("a"), Self.whole("b"), Self.end("c"), Self.whole("d"), Self.begin("e"), Self.end("f"),
    ]
    #expect(Self.names(group) == ["begin_turns", "end_turns", "whole_turns"])
    #expect(Self.names([Self.whole("a"), Self.whole("a")]) == Self.oneWhole + Self.oneWhole)
    // One that has failed puts the user's message twice; one that has no answer has one message.
    var failed = Self.whole("a")
    failed.changes[2] = failed.changes[1]
    #expect(Self.names([failed, Self.whole("b")]) == Self.oneWhole + Self.oneWhole)
    failed.changes.remove(at: 2)
    #expect(Self.names([failed, Self.whole("b")]) == Self.oneBegin + Self.oneWhole)
  }

  @Test("What touches a session or a generation again comes after it") func order() {
    #expect(Self.names([Self.begin("a"), Self.end("a")]) == Self.oneBegin + Self.oneEnd)
    #expect(Self.names([Self.end("a"), Self.begin("a")]) == Self.oneEnd + Self.oneBegin)
    #expect(Self.names([Self.begin("a"), Self.begin("a")]) == Self.oneBegin + Self.oneBegin)
    let same = [Self.begin("a", generation: "g"), Self.begin("b", generation: "g")]
    #expect(Self.names(same) == Self.oneBegin + Self.oneBegin)
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
        == ["begin_turns"] + Self.oneEnd
        + ["drop_request", "drop_checkpoints", "drop_checkpoints", "drop_expired_requests"])
    #expect(
      Self.names([Self.begin("a"), StoreWrite([.deleteSession(Sample.key("a"))]), Self.begin("b")])
        == Self.oneBegin + ["drop_requests_of_session", "delete_session"] + Self.oneBegin)
  }

  @Test(
    "A write that is no turn's own is done change by change, behind what came before it",
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
    let own = StoreWrite(changes)
    let names = Self.names([Self.begin("x"), Self.begin("y"), own, Self.begin("z"), Self.begin("a")])
    #expect(names == ["begin_turns"] + Self.names([own]) + ["begin_turns"])
    #expect(names.count >= changes.count + 2)
  }

  @Test("Each parameter has its column") func parameters() {
    let group = ["a", "b"].flatMap { [Self.begin("b\($0)"), Self.whole("w\($0)"), Self.end("e\($0)")] }
    let counts = GroupCommands(group).commands.map {
      if case .prepared(_, let parameters) = $0 { parameters.count } else { 0 }
    }
    let statements = [WriteStatements.beginTurns, WriteStatements.endTurns, WriteStatements.wholeTurns]
    #expect(counts == statements.map(\.columns.count))
  }

  @Test("Turns bring the store's bytes with their messages, and where others change them they are asked for")
  func bytes() {
    #expect(GroupCommands([Self.begin("a")]).bytesCommand == 1)
    #expect(GroupCommands([Self.end("a")]).bytesCommand == 1)
    #expect(GroupCommands([Self.whole("a")]).bytesCommand == 2)
    #expect(GroupCommands([Self.begin("a"), Self.end("b")]).bytesCommand == 4)
    #expect(GroupCommands([Self.begin("a"), Self.begin("b")]).bytesCommand == 0)
    let apart = StoreWrite([.dropCheckpoints(before: 3)])
    // A begin alone, the whole ones, what is apart, and then the begin that has to follow.
    #expect(
      GroupCommands([Self.whole("a"), Self.whole("b"), apart, Self.begin("c"), Self.begin("a")]).bytesCommand
        == 3 + 1 + 1 + 1)
    #expect(GroupCommands([apart]).bytesCommand == nil)
    let deletion = StoreWrite([.deleteSession(Sample.key("a"))])
    #expect(GroupCommands([Self.begin("a"), deletion]).bytesCommand == nil)
    #expect(GroupCommands([deletion, Self.begin("a"), Self.begin("b")]).bytesCommand == nil)
    #expect(GroupCommands([StoreWrite(Array(Self.begin("a").changes.prefix(2)))]).bytesCommand == nil)
    #expect(GroupCommands([]).bytesCommand == nil)
  }

  @Test("No statement grows without bound") func size() {
    let text = String(repeating: "x", count: 300_000)
    let group = (0..<9).map { Self.begin("s\($0)", text: text) }
    #expect(Self.names(group) == ["begin_turns", "begin_turns"] + Self.oneBegin)
  }
}
