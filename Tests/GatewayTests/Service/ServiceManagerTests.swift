import Dispatch
import EventLoop
import GatewayTesting
import Glibc
import System
import Testing

@testable import APIReference
@testable import Chat
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
@testable import Sessions

/// The program under a service manager.
@Suite struct ServiceManagerTests {
  private func wait(
    for start: String, from manager: ServiceManagerStub, _ process: GatewayProcess
  ) async throws {
    try await eventually(
      "the manager hears \(start)", state: { "\(manager.heard)\n\(process.errors)" }
    ) { manager.heard.contains { $0.hasPrefix(start) } }
  }

  @Test func itSaysReadyHowItIsAndThatItStops() async throws {
    let manager = try ServiceManagerStub()
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let process = try await GatewayProcess.start(ollama: ollama.port, notify: manager.path)
    try await wait(for: "READY=1", from: manager, process)
    #expect(manager.heard.first == "READY=1")
    #expect(try await TestClient.get(process.port, "/health").status == 200)
    try await wait(for: "WATCHDOG=1", from: manager, process)
    let status =
      "STATUS=serving 0 requests, 0 streams, 0 WebSockets, 0 generations; Ollama http://127.0.0.1:\(ollama.port)"
    try await wait(for: status, from: manager, process)
    #expect(try await process.stop() == 0)
    try await wait(for: "STOPPING=1", from: manager, process)
  }

  @Test func anOllamaThatIsNotThereIsInTheStatus() async throws {
    let manager = try ServiceManagerStub()
    let port = try RefusingPort()
    let process = try await GatewayProcess.start(ollama: port.port, notify: manager.path)
    let status = "STATUS=serving 0 requests, 0 streams, 0 WebSockets, 0 generations; Ollama "
    try await wait(
      for: status + "http://127.0.0.1:\(port.port) cannot be reached", from: manager, process)
    #expect(try await process.stop() == 0)
  }

  /// What the watchdog is fed by.
  @Test func aLoopThatHangsKeepsTheFiguresFromComing() async throws {
    try await withGateway { running, _ in
      let gateway = running.gateway
      #expect(await gateway.figures() == GatewayFigures())
      let isReleased = Lock(false)
      let semaphore = DispatchSemaphore(value: 0)
      gateway.workers[1].loop.execute { semaphore.wait() }
      let figures = Task {
        let figures = await gateway.figures()
        return (figures, isReleased.withLock { $0 })
      }
      // The other worker turns.
      for _ in 0..<10 { #expect(await gateway.workers[0].run { $0.context.requests.count } == 0) }
      isReleased.withLock { $0 = true }
      semaphore.signal()
      #expect(await figures.value == (GatewayFigures(), true))
    }
  }

  /// A queue that is busy with clients' questions is no reason to end the service.
  @Test func signsOfLifeNeedNoQueue() async throws {
    try await withGateway { running, _ in
      let semaphore = DispatchSemaphore(value: 0)
      running.gateway.services.registry.executor.queue.async { semaphore.wait() }
      #expect(await running.gateway.figures() == GatewayFigures())
      for path in ["/health", "/health/ready", "/metrics"] {
        let response = try await TestClient.get(running.port, path)
        #expect(response.status == 200, "\(path)")
      }
      semaphore.signal()
    }
  }

  @Test func theFiguresAreWhatIsUnderWay() async throws {
    let stream = RelayStream.chat
    let ollama = try ScriptedOllama { _ in
      stream.script(.chunk(stream.event), .gate("end"), .chunk(stream.mark), .endChunks)
    }
    try await withGateway(ollama: ollama) { running, ollama in
      let client = try await TestClient.connect(running.port)
      try await client.perform { connection in
        try connection.sendPost(stream.path, json: #"{"model":"m","stream":true}"#)
        _ = (try connection.readHead(), try connection.readChunk())
      }
      var expected = GatewayFigures()
      (expected.requests, expected.streams) = (1, 1)
      #expect(await running.gateway.figures() == expected)
      ollama.open("end")
      _ = try await client.perform { try $0.readBody() }
      try await eventually("nothing is under way") { await running.gateway.figures() == GatewayFigures() }
    }
  }

  /// Whoever runs the gateway shall know what he opens.
  @Test(
    arguments: [
      ("127.0.0.1:0", [], nil),
      ("0.0.0.0:0", [], "model_management=refused sessions="),
      ("0.0.0.0:0", ["--shared-sessions", "--allow-model-management"], "model_management=open sessions="),
    ] as [(String, [String], String?)])
  func whatIsOpenIsSaidAtTheStart(listen: String, options: [String], said: String?) async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let process = try await GatewayProcess.start(ollama: ollama.port, options, listen: listen)
    #expect(try await process.stop() == 0)
    let lines = process.errors.split(separator: "\n").filter { $0.contains("there are no keys") }
    #expect(lines.count == (said == nil ? 0 : 1), "\(process.errors)")
    guard let said else { return }
    #expect(lines.first?.contains(said) == true, "\(lines)")
    #expect(lines.first?.contains(options.isEmpty ? "their owners'" : "everybody's") == true, "\(lines)")
  }

  @Test func theJournalGetsPriorities() async throws {
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let process = try await GatewayProcess.start(ollama: ollama.port, [], isJournal: true)
    _ = try await TestClient.get(process.port, "/health")
    #expect(try await process.stop() == 0)
    let lines = process.errors.split(separator: "\n")
    // A warning of the limit of open files may come first.
    #expect(lines.contains { $0.hasPrefix("<5>notice gateway: ready listen=") }, "\(lines)")
    #expect(
      lines.contains { $0.hasPrefix("<6>info access: request method=GET route=/health status=200") },
      "\(lines)")
    #expect(lines.last == "<5>notice gateway: stopped")
  }
}
