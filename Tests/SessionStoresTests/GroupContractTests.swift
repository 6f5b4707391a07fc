import Sessions
import System
import Testing

@Suite("Stores: groups of writes") struct GroupContractTests {
  private func put(_ number: Int) -> StoreWrite {
    let key = StoreKey(stored: "s\(number)")
    return StoreWrite([.putSession(.sample(key, messages: 1)), .putMessage(.user(0, "\(number)"), in: key)])
  }

  @Test(arguments: TestedStore.all)
  func anEmptyOne(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    #expect(try store.writer.commit([]) == [])
    #expect(try store.writer.commit([StoreWrite([])]) == [nil])
  }

  /// As many as may wait.
  @Test(arguments: TestedStore.all)
  func manyMembers(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let errors = try store.writer.commit((0..<1024).map(put))
    #expect(errors.count == 1024 && errors.allSatisfy { $0 == nil })
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 1).total == 1024)
  }

  @Test(arguments: TestedStore.all)
  func aMemberThatCannotBeWrittenFailsAlone(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let gone = StoreKey(stored: "gone")
    let conflicting = StoreWrite([.putMessage(.user(0, "another"), in: StoreKey(stored: "s0"))])
    let errors = try store.writer.commit([
      put(0), StoreWrite([.putSession(.sample()), .updateSession(.sample(gone))]), put(1), conflicting,
      StoreWrite([.putSession(.sample(.other)), .putMessage(.user(0), in: gone)]), put(2),
    ])
    #expect(errors.count == 6)
    for place in [0, 2, 5] { #expect(errors[place] == nil) }
    #expect(errors[1] == .sessionIsGone)
    #expect(errors[3]?.isConflict == true)
    #expect(errors[4] == .sessionIsGone)
    for number in 0...2 {
      #expect(try store.messages(StoreKey(stored: "s\(number)")).map(\.message.content) == ["\(number)"])
    }
    // Of those that failed, nothing.
    #expect(try store.session(.sample) == nil)
    #expect(try store.session(.other) == nil)
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).total == 3)
  }

  /// In a group that is done member by member, later members see what the earlier ones have written, and nothing of failed ones.
  @Test(arguments: TestedStore.all)
  func membersAreDoneInTheirOrder(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let key = StoreKey.sample
    let errors = try store.writer.commit([
      StoreWrite([.putMessage(.user(0), in: key)]),
      StoreWrite([.putSession(.sample())]),
      StoreWrite([.putMessage(.user(0, "first"), in: key)]),
      StoreWrite([.putMessage(.user(1, "not this"), in: key), .putMessage(.user(0, "nor this"), in: key)]),
      StoreWrite([.putMessage(.user(1, "second"), in: key)]),
    ])
    #expect(errors[0] == .sessionIsGone)
    #expect(errors[3]?.isConflict == true)
    #expect([errors[1], errors[2], errors[4]] == [nil, nil, nil])
    #expect(try store.messages(key).map(\.message.content) == ["first", "second"])
  }

  @Test(arguments: TestedStore.all)
  func allMembersFail(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let bad = StoreWrite([.updateSession(.sample())])
    #expect(try store.writer.commit([bad, bad]) == [.sessionIsGone, .sessionIsGone])
    try store.write(.putSession(.sample()))
  }

  /// Where nobody knows whether a group went through, all of it comes again.
  @Test(arguments: TestedStore.all)
  func aGroupComesTwice(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(
      .putSession(.sample(messages: 2)), .putMessage(.user(0), in: .sample),
      .putMessage(.model(1, "old"), in: .sample))
    let group = [
      StoreWrite([
        .dropMessages(in: .sample, from: 1), .updateSession(.sample(updatedAt: 5, messages: 1)),
        .putImage(.sample(1), in: .sample), .putGeneration(.sample()), .putIdempotentRequest(.sample()),
      ]),
      StoreWrite([.appendPart(.sample(0)), .appendPart(.sample(1))]),
      StoreWrite([
        .putMessage(.model(1, "new", number: 3), in: .sample),
        .endGeneration(
          id: "g1", StoredGenerationEnd(.completed, endedAt: .at(9), lastNumber: 2, answerPlace: 1)),
        .updateSession(.sample(updatedAt: 9, messages: 2)), .dropIdempotentRequest(generation: "g1"),
      ]),
      StoreWrite([.putSession(.sample(.other)), .deleteSession(.other)]),
    ]
    var seen: [[String]] = []
    for _ in 0..<2 {
      #expect(try store.writer.commit(group) == [nil, nil, nil, nil])
      seen.append([
        "\(try store.messages(.sample))", "\(String(describing: try store.session(.sample)))",
        "\(String(describing: try store.reader.generation("g1")))", "\(try store.reader.parts(of: "g1"))",
        "\(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10))",
      ])
    }
    #expect(seen[0] == seen[1])
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).total == 1)
  }

  /// Turns whose begin and end are one write, among others, which may come again when nobody knows what has become of them.
  @Test(arguments: TestedStore.all)
  func turnsThatAreStoredAtOnce(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    func whole(_ id: String, answer: String = "answer") -> StoreWrite {
      let key = StoreKey(stored: id)
      let end = StoredGenerationEnd(
        .completed, endedAt: .at(9), lastNumber: 2, doneReason: "stop", answerPlace: 1)
      return StoreWrite([
        .putSession(.sample(key, updatedAt: 9, messages: 2)), .putMessage(.user(0, id), in: key),
        .putMessage(.model(1, answer, thinking: "hm"), in: key),
        .putGeneration(.sample("g-\(id)", in: key, end: end)),
      ])
    }
    let begin = StoreWrite([
      .putSession(.sample(.other, messages: 1)), .putMessage(.user(0), in: .other),
      .putGeneration(.sample("g-other", in: .other)),
    ])
    let group = [whole("a"), begin, whole("b"), whole("c")]
    for _ in 1...2 { #expect(try store.writer.commit(group) == [nil, nil, nil, nil]) }
    for id in ["a", "b", "c"] {
      let messages = try store.messages(StoreKey(stored: id)).map(\.message)
      #expect(messages.map(\.content) == [id, "answer"] && messages.map(\.thinking) == [nil, "hm"])
      let generation = try #require(try store.reader.generation("g-\(id)"))
      #expect(generation.end?.state == .completed && generation.end?.answerPlace == 1)
    }
    #expect(try store.reader.runningGenerations(limit: 9).map(\.id) == ["g-other"])
    #expect(try store.reader.sessions(ownedBy: "loopback", skip: 0, limit: 10).total == 4)
    // One alone, and one whose answer stands against another.
    #expect(try store.writer.commit([whole("d")]) == [nil])
    let errors = try store.writer.commit([whole("e"), whole("a", answer: "another"), whole("f")])
    #expect(errors[0] == nil && errors[1]?.isConflict == true && errors[2] == nil)
    #expect(try store.messages(StoreKey(stored: "a")).map(\.message.content) == ["a", "answer"])
    #expect(try store.messages(StoreKey(stored: "f")).count == 2)
  }

  /// What is said in a session that was deleted makes none anew, whatever else is in the group.
  @Test(arguments: TestedStore.all)
  func turnsInASessionThatIsGone(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    func turn(_ id: String, isNew: Bool, isWhole: Bool) -> StoreWrite {
      let key = StoreKey(stored: id)
      let session = StoredSession.sample(key, messages: isWhole ? 2 : 1)
      var changes: [StoreChange] = [
        isNew ? .putSession(session) : .updateSession(session), .putMessage(.user(0, id), in: key),
      ]
      if isWhole { changes.append(.putMessage(.model(1), in: key)) }
      let end = StoredGenerationEnd(.completed, endedAt: .at(9), lastNumber: 2, answerPlace: 1)
      changes.append(.putGeneration(.sample("g-\(id)", in: key, end: isWhole ? end : nil)))
      return StoreWrite(changes)
    }
    for isWhole in [false, true] {
      let (new, gone, other) = ("new-\(isWhole)", "gone-\(isWhole)", "other-\(isWhole)")
      try store.write(.putSession(.sample(StoreKey(stored: other))))
      #expect(try store.writer.commit([turn(gone, isNew: false, isWhole: isWhole)]) == [.sessionIsGone])
      let errors = try store.writer.commit([
        turn(new, isNew: true, isWhole: isWhole), turn(gone, isNew: false, isWhole: isWhole),
        turn(other, isNew: false, isWhole: isWhole),
      ])
      #expect(errors == [nil, .sessionIsGone, nil])
      #expect(try store.session(StoreKey(stored: gone)) == nil && store.reader.generation("g-\(gone)") == nil)
      for id in [new, other] { #expect(try store.messages(StoreKey(stored: id)).count == (isWhole ? 2 : 1)) }
      // Without it they go together.
      #expect(
        try store.writer.commit([
          turn(new, isNew: false, isWhole: isWhole), turn(other, isNew: false, isWhole: isWhole),
        ]) == [nil, nil])
    }
  }
}
