import Testing

@testable import HTTPServer

@Suite struct BodyMemoryTests {
  @Test func lendsUpToItsLimit() {
    var memory = BodyMemory(limit: 100)
    let outcomes = [memory.take(60), memory.take(41), memory.take(40)]
    #expect(outcomes == [true, false, true], "a refused loan takes nothing")
    #expect(memory.used == 100)
    memory.giveBack(60)
    #expect(memory.used == 40)
    let later = [memory.take(60), memory.take(1)]
    #expect(later == [true, false])
    memory.giveBack(100)
    #expect(memory.used == 0)
  }
}
