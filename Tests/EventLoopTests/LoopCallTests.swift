import EventLoop
import Testing

@Suite struct LoopCallTests {
  private actor Sum {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var value = 0

    init(loop: EventLoop) { self.loop = loop }

    func add(_ number: Int) {
      preconditionIsolated()
      value += number
    }
  }

  @Test func entersTheActor() async throws {
    let loop = try EventLoop(name: "calls")
    defer { loop.shutDown() }
    let sum = Sum(loop: loop)
    await withCheckedContinuation { continuation in
      loop.execute {
        let add = LoopCall<Sum, Int>(to: loop) { $0.add($1) }
        add(sum, 2)
        add(sum, 3)
        continuation.resume()
      }
    }
    #expect(await sum.value == 5)
  }
}
