import Configuration
import Fleet
import GatewayTesting
import Testing
import Upstreams

@testable import Gateway
@testable import Handling

/// Runs `body` with a gateway in front of simulated Ollamas, named `s1`, `s2` and so on, and stops all at the end.
///
/// Fails the test if the gateway has sent one of them anything that breaks the rules of HTTP.
///
/// - Parameters:
///   - count: of the Ollamas.
///   - settings: of each, by its number from 1; what is not set is that of a small, fast one with the models `a` and `b`.
///   - configure: see ``RunningGateway/init(ollama:passed:intervals:_:)``.
func withFleet<Result>(
  _ count: Int, _ settings: (Int, inout OllamaSimulation.Settings) -> Void = { _, _ in },
  intervals: Intervals = Intervals(), _ configure: (inout Configuration) -> Void = { _ in },
  _ body: (RunningGateway, [SimulatedOllama]) async throws -> Result
) async throws -> Result {
  let ollamas = try (1...count).map { number in
    var one = OllamaSimulation.Settings(["a", "b"])
    one.loadTime = .milliseconds(2)
    one.tokenTime = .microseconds(100)
    settings(number, &one)
    return try SimulatedOllama(one)
  }
  defer { for ollama in ollamas { ollama.stop() } }
  let servers = try ollamas.enumerated().map { index, ollama in
    try #require(OllamaServer("s\(index + 1)=\(ollama.url)"))
  }
  let gateway = try await RunningGateway(ollama: ollamas[0].port, intervals: intervals) {
    $0.servers = servers
    configure(&$0)
  }
  let result: Result
  do {
    result = try await body(gateway, ollamas)
  } catch {
    await gateway.stop()
    throw error
  }
  await gateway.stop()
  for ollama in ollamas { #expect(ollama.snapshot.violations.isEmpty, "the gateway broke the rules of HTTP") }
  return result
}

extension RunningGateway {
  /// What the scheduler knows.
  var fleet: FleetView { gateway.services.upstreams.view() }

  /// As a reload with `queue: false` does.
  func turnQueueOff() { gateway.services.upstreams.useQueue(false, waitLimit: nil) }

  /// Waits until each server has told which models it has.
  func waitForLists(_ servers: Int) async throws {
    try await eventually("all servers have told their models", state: { "\(self.fleet)" }) {
      self.fleet.servers.count { !$0.models.isEmpty } == servers
    }
  }
}

/// Requests to a fleet, as the tests ask them.
enum FleetPrompt {
  static func chat(_ model: String = "a", _ text: String = "Hi", _ members: String = "") -> String {
    #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]\#(members)}"#
  }

  static let streamed = #","stream":true"#
}

extension [SimulatedOllama] {
  /// How many requests to a path each of them got.
  func counts(_ path: String) -> [Int] { map { $0.snapshot.record.count(path) } }

  /// Waits until so many requests run or wait in all of them together.
  func wait(_ what: String, until condition: @escaping ([SimulatedOllama.Snapshot]) -> Bool) async throws {
    try await eventually(what, state: { "\(self.map(\.snapshot.view))" }) { condition(self.map(\.snapshot)) }
  }
}

/// The same with Ollamas that have different models, which may be changed.
///
/// - Parameter models: those of each.
func withServers<Result>(
  _ models: [String]..., intervals: Intervals = Intervals(),
  configure: (inout Configuration) -> Void = { _ in },
  _ body: (RunningGateway, [SimulatedOllama]) async throws -> Result
) async throws -> Result {
  try await withFleet(
    models.count, { number, settings in settings.models = models[number - 1].map { SimulatedModel($0) } },
    intervals: intervals,
    {
      $0.allowModelManagement = true
      configure(&$0)
    }, body)
}
