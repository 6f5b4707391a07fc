import OllamaAPI
import Testing
import Upstreams

@testable import Handling

/// One question for all who ask at the same time.
@Suite struct ListFetchTests {
  /// A question whose rounds the test ends.
  private final class Rounds {
    let changes = ModelChanges()
    var ends: [(MergedLists.Outcome) -> Void] = []
    var heard: [String] = []
    private(set) lazy var fetch = ListFetch(changes) { [unowned self] end in
      ends.append(end)
      return ServersFetch { _ in }
    }

    func ask(_ name: String) -> ListFetch.Share {
      fetch.share { [unowned self] outcome in
        guard case .document(let document) = outcome else { return }
        heard.append("\(name)\(String(decoding: document.bytes, as: UTF8.self))")
      }
    }

    func end(_ round: Int) { ends[round](.document(MergedDocument(Array("\(round)".utf8)))) }
  }

  @Test func whoAsksMeanwhileSharesIt() {
    let rounds = Rounds()
    _ = (rounds.ask("a"), rounds.ask("b"))
    #expect(rounds.ends.count == 1)
    rounds.end(0)
    #expect(rounds.heard == ["a0", "b0"])
    // It is over: who comes now asks anew.
    _ = rounds.ask("c")
    #expect(rounds.ends.count == 2)
    rounds.end(0)
    rounds.end(1)
    #expect(rounds.heard == ["a0", "b0", "c1"])
  }

  @Test func whoAsksAfterAChangeWaitsForTheNext() {
    let rounds = Rounds()
    _ = rounds.ask("a")
    var change: ModelChanges.Change? = rounds.changes.begin()
    _ = rounds.ask("b")
    #expect(change != nil)
    change = nil
    _ = (rounds.ask("c"), rounds.ask("d"))
    // One at a time.
    #expect(rounds.ends.count == 1)
    rounds.end(0)
    #expect(rounds.heard == ["a0", "b0"] && rounds.ends.count == 2)
    rounds.fetch.outdate()
    _ = rounds.ask("e")
    rounds.end(1)
    rounds.end(2)
    #expect(rounds.heard == ["a0", "b0", "c1", "d1", "e2"])
  }

  @Test func theLastWhoLeavesEndsIt() {
    let rounds = Rounds()
    let (first, second) = (rounds.ask("a"), rounds.ask("b"))
    first.cancel()
    rounds.fetch.outdate()
    let third = rounds.ask("c")
    #expect(rounds.ends.count == 1)
    second.cancel()
    #expect(rounds.ends.count == 2)
    rounds.end(0)
    #expect(rounds.heard.isEmpty)
    rounds.end(1)
    third.cancel()
    #expect(rounds.heard == ["c1"])
  }

  @Test func listsOfManyServersAreShorter() {
    #expect(ServersFetch.limit(4 << 20, of: 1) == 4 << 20 && ServersFetch.limit(4 << 20, of: 16) == 4 << 20)
    #expect(ServersFetch.limit(4 << 20, of: 64) == 1 << 20 && ServersFetch.limit(4 << 20, of: 0) == 4 << 20)
    #expect(ServersFetch.limit(4 << 20, of: 1_000) == 512 << 10)
  }
}
