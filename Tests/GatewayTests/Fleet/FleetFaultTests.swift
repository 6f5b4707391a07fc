import Configuration
import Fleet
import GatewayTesting
import Testing

@testable import Handling

/// Servers that go away, are busy, or come back, under clients that should not notice.
@Suite(.serialized) struct FleetFaultTests {
  /// What clients got that asked one after the other until they were told to stop.
  private static func ask(_ port: UInt16, clients: Int, times: Int) async throws -> [TestClient.Response] {
    try await withThrowingTaskGroup(of: [TestClient.Response].self) { group in
      for client in 0..<clients {
        group.addTask {
          var responses: [TestClient.Response] = []
          for turn in 0..<times {
            let body = FleetPrompt.chat("a", "\(client) \(turn)", FleetPrompt.streamed)
            responses.append(try await TestClient.post(port, "/api/chat", json: body))
          }
          return responses
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// Which models there are has to be known before a request is sent. Servers that are busy may be late with it: no request is given up
  /// as long as none of them has said it, and one is enough.
  @Test(arguments: [true, false]) func listsThatAreLateAreWaitedFor(oneIsSilent: Bool) async throws {
    var intervals = Intervals()
    intervals.modelsPatience = .zero
    try await withFleet(2, intervals: intervals, { $0.allowCloudModels = false }) { gateway, ollamas in
      try await gateway.waitForLists(2)
      if oneIsSilent { ollamas[1].suspend() }
      let response = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
      #expect(response.status == 200, "\(response.text)")
      ollamas[1].resume()
    }
  }

  @Test func whoHasNotBeenSentIsToldSo() async throws {
    try await withFleet(
      2, { _, _ in },
      {
        $0.allowCloudModels = false
        $0.firstByteTimeout = .milliseconds(100)
      }
    ) { gateway, ollamas in
      try await gateway.waitForLists(2)
      for ollama in ollamas { ollama.suspend() }
      let relayed = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
      let chat = try await ChatClient(gateway).send("Hi", #""model":"a""#)
      for response in [relayed, chat] {
        #expect(response.status == 504)
        #expect(response.text.contains("Ollama did not say in time which models it has."), "\(response.text)")
      }
      for ollama in ollamas { ollama.resume() }
      try await eventually("the log says why") {
        gateway.log.contains(#"upstream_error="its list of models: no response in time""#)
      }
    }
  }

  /// A prompt that kills each runner it comes to is no reason to give a model up; different ones are.
  @Test(arguments: [true, false]) func differentPromptsThatKillRunnersOpenABreaker(areDifferent: Bool)
    async throws
  {
    try await withFleet(2) { gateway, _ in
      try await gateway.waitForLists(2)
      for number in 0..<6 {
        let text = "kill-runner \(areDifferent ? number : 0)"
        let response = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat("a", text))
        #expect(response.status == 500, "\(response.text)")
      }
      let breakers = gateway.fleet.servers.flatMap { $0.instances.map(\.breaker) }
      #expect(breakers.contains(.open) == areDifferent, "\(breakers)")
      #expect(gateway.fleet.servers.allSatisfy { $0.breaker == .closed })
    }
  }

  @Test func nobodySeesAServerDieBeforeItsFirstByte() async throws {
    try await withFleet(3, { $1.tokenTime = .milliseconds(2) }) { gateway, ollamas in
      try await gateway.waitForLists(3)
      async let all = Self.ask(gateway.port, clients: 6, times: 12)
      try await ollamas.wait("each server has work") { $0.allSatisfy { $0.record.count("/api/chat") > 2 } }
      ollamas[1].kill()
      let responses = try await all
      #expect(responses.count == 72)
      #expect(responses.allSatisfy { $0.status == 200 })
      let cut = responses.filter { $0.lines.contains { $0.hasPrefix(#"{"error""#) } }
      // Those that it generated for, at most as many as clients.
      #expect(cut.count <= 6)
      for response in responses {
        let errors = response.lines.filter { $0.hasPrefix(#"{"error""#) }.count
        let ends = response.lines.filter { $0.contains(#""done":true"#) }.count
        #expect(errors + ends == 1, "one end of each stream: \(response.lines.last ?? "")")
      }
      #expect(gateway.fleet.servers.map(\.state).filter { $0 == .down }.count == 1)
      try ollamas[1].restart()
      try await eventually("it is up again") { gateway.fleet.servers.allSatisfy { $0.state == .up } }
    }
  }

  /// Where it has to be known which models are the cloud's, what others have said while a server was away keeps nobody from it.
  @Test func aServerThatHasComeBackIsNotMissed() async throws {
    try await withFleet(
      2, { _, _ in },
      {
        $0.allowCloudModels = false
        $0.workers = 1
      }
    ) { gateway, ollamas in
      try await gateway.waitForLists(2)
      ollamas[0].kill()
      // The list that is believed for a minute from now on is the other's alone.
      for _ in 0..<4 {
        let response = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
        #expect(response.status == 200, "\(response.text)")
      }
      try await eventually("it is down") { gateway.fleet.servers[0].state == .down }
      try ollamas[0].restart()
      try await eventually("the log says that it is up") { gateway.log.contains("is up again") }
      ollamas[1].kill()
      let response = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
      #expect(response.status == 200, "\(response.text)")
    }
  }

  @Test func aServerThatIsBusyAtOnceDrawsNoTraffic() async throws {
    try await withFleet(3) { gateway, ollamas in
      try await gateway.waitForLists(3)
      ollamas[0].setBusy(true)
      let responses = try await Self.ask(gateway.port, clients: 4, times: 15)
      #expect(responses.allSatisfy { $0.status == 200 && $0.text.contains(#""done":true"#) })
      #expect(ollamas[0].snapshot.record.count("/api/chat") <= 20)
    }
  }

  @Test func aServerThatIsDownFromTheStartIsNotMissed() async throws {
    try await withFleet(2) { gateway, ollamas in
      ollamas[0].kill()
      let response = try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
      #expect(response.status == 200)
      #expect(try await TestClient.get(gateway.port, "/health/ready").status == 200)
      ollamas[1].kill()
      try await eventually("nobody is ready") {
        try await TestClient.get(gateway.port, "/health/ready").status == 503
      }
    }
  }

  @Test func aPromptThatKillsItsRunnerTakesTwoAtMost() async throws {
    try await withFleet(3) { gateway, ollamas in
      try await gateway.waitForLists(3)
      let response = try await TestClient.post(
        gateway.port, "/api/chat", json: FleetPrompt.chat("a", "kill-runner"))
      #expect(response.status == 500)
      #expect(ollamas.counts("/api/chat").reduce(0, +) <= 2)
    }
  }

  @Test func aModelThatOneServerHasLostIsFoundOnTheOther() async throws {
    try await withFleet(2) { gateway, ollamas in
      try await gateway.waitForLists(2)
      for ollama in ollamas[..<1] {
        #expect(
          try await TestClient.run(ollama.port) {
            try $0.request(
              "DELETE", "/api/delete", ["Content-Type": "application/json"],
              body: Array(#"{"model":"a"}"#.utf8))
          }.status == 200)
      }
      for _ in 0..<4 {
        #expect(
          try await TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat()).status == 200)
      }
    }
  }

  @Test func aModelThatNobodyHasIsToldInOllamasWords() async throws {
    try await withFleet(2) { gateway, ollamas in
      let response = try await TestClient.post(
        gateway.port, "/api/chat", json: FleetPrompt.chat("nothing"))
      #expect(response.status == 404)
      #expect(response.json["error"] == #"model "nothing" not found, try pulling it first"#)
      #expect(ollamas.counts("/api/chat") == [0, 0])
    }
  }

  @Test func aLoadSurvivesWhoAskedForIt() async throws {
    try await withFleet(1, { _, settings in settings.slots = 1 }, { $0.servers[0].parallel = 1 }) {
      gateway, ollamas in
      try await gateway.waitForLists(1)
      ollamas[0].hold { $0.loads = true }
      let first = try await TestClient.connect(gateway.port)
      try await first.perform { try $0.sendPost("/api/chat", json: FleetPrompt.chat()) }
      try await ollamas[0].wait("it loads") { $0.view.loading != nil }
      async let second = TestClient.post(gateway.port, "/api/chat", json: FleetPrompt.chat())
      try await eventually("the second waits too") { gateway.fleet.depth >= 1 }
      try await first.perform { $0.reset() }
      ollamas[0].release()
      #expect(try await second.status == 200)
      #expect(ollamas[0].snapshot.record.loads.filter { $0.isComplete == true }.count == 1)
    }
  }
}
