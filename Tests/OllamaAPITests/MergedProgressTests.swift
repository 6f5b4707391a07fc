import Testing

@testable import OllamaAPI

/// Lines of several servers go in, lines of one come out.
@Suite struct MergedProgressTests {
  private struct Run {
    var merged: MergedProgress

    init(_ servers: String...) { merged = MergedProgress(servers) }

    mutating func say(_ server: Int, _ line: String) -> [String] {
      Array(line.utf8).withUnsafeBytes { merged.take($0, from: server) }
      return lines()
    }

    mutating func layer(_ server: Int, _ digest: String, _ completed: Int, of total: Int = 100) -> [String] {
      say(server, MergedProgressTests.layer(digest, completed, of: total))
    }

    mutating func end(_ server: Int, _ failure: String? = nil) -> [String] {
      merged.end(server, failure)
      return lines()
    }

    mutating func lines() -> [String] {
      String(decoding: merged.takeLines(), as: UTF8.self).split(separator: "\n").map(String.init)
    }
  }

  private static func layer(_ digest: String, _ completed: Int, of total: Int = 100) -> String {
    let done = completed == 0 ? "" : #","completed":\#(completed)"#
    return #"{"status":"pulling \#(digest)","digest":"\#(digest)","total":\#(total)\#(done)}"#
  }

  private static func status(_ text: String) -> String { #"{"status":"\#(text)"}"# }

  @Test func theLeastOfAllServersIsTold() {
    var run = Run("gpu1", "gpu2")
    #expect(run.say(0, Self.status("pulling manifest")) == [])
    #expect(run.say(1, Self.status("pulling manifest")) == [Self.status("pulling manifest")])
    #expect(run.layer(0, "a", 50) == [Self.layer("a", 0)])
    #expect(run.layer(1, "a", 20) == [Self.layer("a", 20)])
    #expect(run.layer(1, "a", 60) == [Self.layer("a", 50)])
    #expect(run.layer(0, "a", 40) == [])
    #expect(run.layer(0, "a", 100) == [Self.layer("a", 60)])
    #expect(run.layer(1, "a", 100) == [Self.layer("a", 100)])
    #expect(run.say(0, Self.status("success")) == [])
    #expect(run.end(0) == [])
    #expect(run.merged.isOver == false)
    #expect(run.say(1, Self.status("success")) == [Self.status("success")])
    #expect(run.merged.isOver && run.merged.failure == nil)
    #expect(run.end(1) == [])
  }

  @Test func oneThatFailsIsNamedAndHoldsNobodyUp() {
    var run = Run("gpu1", "gpu2", "gpu3")
    for server in 0...1 { #expect(run.layer(server, "a", 50).count == (server == 0 ? 1 : 0)) }
    #expect(
      run.say(2, #"{"error":"no space \"left\""}"#)
        == [#"{"status":"gpu3: no space \"left\""}"#, Self.layer("a", 50)])
    #expect(run.say(2, Self.status("success")) == [])
    #expect(run.end(1) == [#"{"status":"gpu2: it ended early"}"#])
    #expect(
      run.say(0, Self.status("success"))
        == [
          // One that has succeeded has all of a layer.
          Self.layer("a", 100),
          #"{"error":"2 of 3 servers failed: gpu2: it ended early; gpu3: no space \"left\""}"#,
        ])
  }

  @Test func statusesAreToldWhenAllAtWorkHaveSaidThem() {
    var run = Run("a", "b")
    #expect(run.say(0, Self.status("verifying")) == [])
    #expect(run.say(0, Self.status("success")) == [])
    #expect(run.say(1, Self.status("verifying")) == [Self.status("verifying")])
    #expect(run.say(1, Self.status("verifying")) == [])
  }

  @Test func whatIsNotTakenInTimeIsReplaced() {
    var merged = MergedProgress(["a"])
    for completed in 0...100 {
      Array(Self.layer("x", completed).utf8).withUnsafeBytes { merged.take($0, from: 0) }
    }
    #expect(String(decoding: merged.takeLines(), as: UTF8.self) == Self.layer("x", 100) + "\n")
  }

  @Test func layersAndStatusesAreBounded() {
    var run = Run("a")
    var lines = 0
    for number in 0..<3 * MergedProgress.limit {
      lines += run.layer(0, "layer \(number)", 1).count + run.say(0, Self.status("status \(number)")).count
    }
    #expect(lines == 2 * MergedProgress.limit)
    #expect(
      run.say(0, #"{"error":"\#(String(repeating: "é", count: 5000))"}"#).allSatisfy { $0.utf8.count < 700 })
  }

  /// Whatever comes, `completed` of a layer never falls, and there is one end, the last line.
  @Test(arguments: 0..<20) func progressIsMonotone(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var run = Run("a", "b", "c")
    var told: [String: Int] = [:]
    var ends = 0
    func check(_ lines: [String]) {
      for line in lines {
        #expect(ends == 0)
        guard let line = Array(line.utf8).withUnsafeBytes({ ProgressLine($0) }) else {
          Issue.record("no JSON: \(line)")
          continue
        }
        if line.error != nil || line.status == "success" { ends += 1 }
        guard !line.digest.isEmpty else { continue }
        #expect(line.completed >= told[line.digest] ?? 0)
        told[line.digest] = line.completed
      }
    }
    for _ in 0..<300 {
      let server = random(3)
      switch random(60) {
      case 0: check(run.say(server, Self.status("success")))
      case 1: check(run.say(server, #"{"error":"x"}"#))
      case 2: check(run.say(server, "[nonsense"))
      case 3...9: check(run.say(server, Self.status("step \(random(5))")))
      default: check(run.layer(server, "layer \(random(4))", random(101)))
      }
    }
    for server in 0..<3 { check(run.end(server, "gone")) }
    #expect(ends == 1 && run.merged.isOver)
  }
}
