import Fleet
import System
import Testing

@Suite("What requests change of servers") struct FleetChangesTests {
  @Test func allThatAreUpAreAskedWhatTheyHave() {
    var run = FleetRun([["a"], ["a"], ["a"]], memory: [["a"], ["a"], ["a"]])
    run.silent = [2]
    run.pass(7)
    #expect(run.view(2)?.state == .down)
    let actions = run.scheduler.modelsMayHaveChanged(at: run.time)
    let asked = actions.compactMap { action -> String? in
      if case .ask(let server, let question) = action { "\(server.number) \(question)" } else { nil }
    }
    #expect(Set(asked) == ["0 models", "0 loaded", "1 models", "1 loaded"])
    // What is under way is not asked once more.
    #expect(run.scheduler.modelsMayHaveChanged(at: run.time).isEmpty)
  }

  /// What is new takes the places of what is gone, and of nothing else.
  @Test func whatStaysInALongListIsWhatItWas() {
    var scheduler = FleetScheduler(seed: 1)
    _ = scheduler.use((1...2).map { FleetServer(id: FleetServerID($0), name: "s\($0)") }, at: .now)
    func list(_ numbers: some Sequence<Int>) {
      let models = numbers.map { FleetListedModel(name: "m\($0):latest", digest: "d\($0)") }
      _ = scheduler.observed(FleetServerID(1), .models(models), at: .now)
    }
    list(0..<600)
    let second = Array(600..<900) + Array(0..<300)
    list(second)
    for number in second { #expect(scheduler.digest(of: "m\(number):latest") == "d\(number)") }
    #expect(scheduler.digest(of: "m300:latest") == nil)
    list(900..<2_000)
    for number in 900..<2_000 { #expect(scheduler.digest(of: "m\(number):latest") == "d\(number)") }
  }

  @Test func aDigestIsThatOfAllServersOrNone() {
    var scheduler = FleetScheduler(seed: 1)
    _ = scheduler.use((1...2).map { FleetServer(id: FleetServerID($0), name: "s\($0)") }, at: .now)
    func list(_ server: Int, _ digest: String) {
      _ = scheduler.observed(
        FleetServerID(server), .models([FleetListedModel(name: "a:latest", digest: digest)]), at: .now)
    }
    #expect(scheduler.digest(of: "a:latest") == nil)
    list(1, "x")
    #expect(scheduler.digest(of: "a:latest") == "x")
    list(2, "y")
    #expect(scheduler.digest(of: "a:latest") == nil)
    list(2, "x")
    #expect(scheduler.digest(of: "a:latest") == "x")
    #expect(scheduler.digest(of: "b:latest") == nil)
  }
}
