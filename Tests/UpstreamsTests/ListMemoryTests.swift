import Fleet
import Testing

@testable import Upstreams

@Suite struct ListMemoryTests {
  @Test func theLastListOfEachServerAndPathIsKnown() {
    let memory = ListMemory()
    let (one, other) = (FleetServerID(1), FleetServerID(2))
    memory.note([1], of: one, at: "/api/tags")
    memory.note([2], of: one, at: "/api/ps")
    memory.note([3], of: other, at: "/api/tags")
    memory.note([4], of: one, at: "/api/tags")
    #expect(memory.last(of: one, at: "/api/tags") == [4])
    #expect(memory.last(of: one, at: "/api/ps") == [2])
    #expect(memory.last(of: other, at: "/api/tags") == [3])
    #expect(memory.last(of: other, at: "/api/ps") == nil)
  }

  @Test func theyAreBoundedInBytesAndNumber() {
    let memory = ListMemory()
    let large = [UInt8](repeating: 0, count: ListMemory.byteLimit / 2)
    for number in 1...3 { memory.note(large, of: FleetServerID(number), at: "/") }
    #expect((1...3).map { memory.last(of: FleetServerID($0), at: "/") != nil } == [false, true, true])
    for number in 4...(ListMemory.limit + 4) { memory.note([1], of: FleetServerID(number), at: "/") }
    #expect(memory.last(of: FleetServerID(4), at: "/") == nil)
    #expect(memory.last(of: FleetServerID(5), at: "/") == [1])
  }

  @Test func aNameIsToldOnce() {
    let memory = ListMemory()
    #expect(memory.untold(["a", "b"]) == ["a", "b"])
    #expect(memory.untold(["b", "c"]) == ["c"])
    #expect(memory.untold([]) == [])
  }
}
