import EventLoop
import Testing

@Suite struct TickListTests {
  @Test func whatIsTakenWaitsNoMore() {
    var list = TickList<Int>()
    #expect(list.isEmpty)
    list.append(1)
    list.append(2)
    #expect(!list.isEmpty)
    #expect(list.take() == [1, 2])
    #expect(list.isEmpty)
    #expect(list.take() == [])
  }

  @Test func whatComesMeanwhileWaitsForTheNextRound() {
    var list = TickList<Int>()
    list.append(1)
    let round = list.take()
    for number in round { list.append(number + 1) }
    list.reuse(consume round)
    #expect(list.take() == [2])
  }

  @Test func twoPiecesOfMemoryDoForAllRounds() {
    var list = TickList<Int>()
    var places: Set<UnsafeRawPointer> = []
    for number in 0..<20 {
      list.append(number)
      let round = list.take()
      #expect(round == [number])
      round.withUnsafeBytes { _ = places.insert($0.baseAddress!) }
      list.reuse(consume round)
    }
    #expect(places.count <= 2)
  }
}
