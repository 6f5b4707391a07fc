internal import Dispatch
internal import EventLoop
internal import System

/// A model server for tests: an ``OllamaSimulation`` behind HTTP on 127.0.0.1, with the paths and the words of Ollama 0.33.
///
/// ```swift
/// let ollama = try SimulatedOllama(.init(["a", "b"]))
/// defer { ollama.stop() }
/// ollama.hold { $0.loads = true }
/// // … a request through the gateway to ollama.url …
/// try await ollama.wait("a is being loaded") { $0.view.loading == "a:latest" }
/// ollama.hold { $0.loads = false }
/// ```
///
/// It counts its time by the machine's clock, scaled by its settings; tests hold back what they want to look at, and wait for
/// conditions. It can be stopped as by SIGSTOP, killed and started again on the same port. All methods may be called from any
/// thread.
public final class SimulatedOllama: Sendable {
  /// The port, which stays the same over ``kill()`` and ``restart()``.
  public let port: UInt16
  /// Its base URL, without a slash at the end.
  public var url: String { "http://127.0.0.1:\(port)" }

  struct Process: Sendable {
    var server: ScriptedOllama
    var host: SimulationHost
    var isAlive = true
    /// What the server's thread waits for while it is stopped.
    var frozen: DispatchSemaphore?
    /// The violations of HTTP that processes before this one saw.
    var violations: [String] = []
  }

  let process: Lock<Process>

  /// Starts it, with nothing loaded.
  ///
  /// - Parameter port: 0 for a free one.
  /// - Throws: if the port is taken, or no descriptors or threads are left.
  public init(_ settings: OllamaSimulation.Settings = .init(), port: UInt16 = 0) throws {
    let host = SimulationHost(OllamaSimulation(settings, at: .now))
    let server = try Self.start(host, port: port)
    self.port = server.port
    process = Lock(Process(server: server, host: host))
  }

  deinit { stop() }

  static func start(_ host: SimulationHost, port: UInt16) throws -> ScriptedOllama {
    try ScriptedOllama(port: port, bodyLimit: 64 << 20, respond: { host.script(for: $0) })
  }

  // MARK: What it has seen

  /// What has happened, and what there is.
  public struct Snapshot: Sendable {
    /// What has happened, over all its lives.
    public let record: OllamaSimulation.Record
    /// Its inside.
    public let view: OllamaSimulation.View
    /// The names of the models that it has.
    public let models: [String]
    /// Its HTTP, of its present life.
    public let http: ScriptedOllama.Snapshot
    /// What broke the rules of HTTP, over all its lives. A gateway must never cause one.
    public let violations: [String]
  }

  /// What has happened so far: all that a client can have seen of it is in it.
  public var snapshot: Snapshot {
    let process = process.withLock { $0 }
    // A stopped thread would be waited for in vain.
    let http =
      process.frozen == nil ? process.server.snapshot : process.server.server.record.withLock { $0.snapshot }
    let simulation = process.host.simulation
    return Snapshot(
      record: simulation.record, view: simulation.view, models: simulation.models.map(\.name), http: http,
      violations: process.violations + http.violations)
  }

  /// Waits until `condition` holds.
  ///
  /// - Throws: ``ConditionTimeout``, which tells what was waited for and what there is instead.
  public func wait(
    _ what: String = "the condition on the simulated Ollama", within limit: Duration = .seconds(120),
    file: StaticString = #fileID, line: UInt = #line, until condition: (Snapshot) throws -> Bool
  ) async throws {
    let state = { [self] in
      let snapshot = snapshot
      return "\(snapshot.view)\n\(snapshot.http)"
    }
    try await eventually(what, within: limit, file: file, line: line, state: state) {
      try condition(snapshot)
    }
  }
}
