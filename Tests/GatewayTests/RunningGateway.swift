import Access
import Configuration
@testable import APIReference
@testable import Chat
import Discovery
@testable import Gateway
@testable import Handling
@testable import Operations
@testable import Pages
@testable import Relay
@testable import Upstreams
import GatewayTesting
import Glibc
import Logging
import Telemetry
import Testing

/// A whole gateway in the test process, on a free port of 127.0.0.1.
///
/// `@unchecked Sendable`: constants but for the log's file, of which `pread` asks nothing but the descriptor.
final class RunningGateway: @unchecked Sendable {
  let gateway: Gateway
  /// Where it listens, as `--listen` has it, with real ports.
  var addresses: [String] { gateway.addresses }
  private let sink: LogSink
  /// Of its store, if that is a file.
  private let storeFolder = TemporaryFolder()
  /// Of its store, if that is a database.
  private let database: String?
  private let logFile: UnsafeMutablePointer<FILE>

  /// Starts it.
  ///
  /// - Parameters:
  ///   - ollama: the port of the Ollama behind it, on 127.0.0.1.
  ///   - configure: changes the configuration of most tests: two workers, a drain of 200 ms, time limits that no test
  ///     meets by chance, no pings, as they may come on a slow machine.
  ///   - intervals: the times that the wire contract fixes.
  ///   - passed: listening sockets that it takes over.
  ///   - resolver: what it asks for servers in place of DNS, without pauses.
  init(
    ollama: UInt16, passed: [Int32] = [], intervals: Intervals = Intervals(),
    resolver: (any NameResolver)? = nil,
    _ configure: (inout Configuration) -> Void = { _ in }
  ) async throws {
    ProcessFigures.raiseDescriptorLimit()
    var configuration = Configuration(cores: 2)
    configuration.listen = [try #require(ListenAddress("127.0.0.1:0"))]
    configuration.ollama = try #require(OllamaURL("http://127.0.0.1:\(ollama)"))
    configuration.drainTimeout = .milliseconds(200)
    configuration.headerTimeout = .seconds(120)
    configuration.sendTimeout = .seconds(120)
    configuration.connectTimeout = .seconds(60)
    configuration.heartbeat = nil
    // So a test can tell at Ollama whose request it is.
    configuration.forwardClient = true
    // And its script need not tell the models before each question.
    configuration.allowCloudModels = true
    let (store, database) = try await RunningGateway.store(in: storeFolder)
    configuration.store = store
    self.database = database
    configure(&configuration)
    // Passwords take no time, and a list is told what its models can do, however slow the machine is.
    var intervals = intervals
    intervals.passwordCost = intervals.passwordCost ?? 4
    intervals.capabilitiesPatience = intervals.capabilitiesPatience ?? .seconds(120)
    logFile = try #require(tmpfile())
    sink = LogSink(descriptor: fileno(logFile), batchDelay: .zero)
    let threshold = LogThreshold(Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info)
    let handler = LineLogHandler(label: "gateway", sink: sink, threshold: threshold)
    do {
      gateway = try await Gateway(
        configuration: configuration, passed: passed, intervals: intervals,
        accessLog: AccessLog(sink: sink, threshold: threshold),
        logger: Logger(label: "gateway") { _ in handler },
        discovery: resolver.map { resolver in
          let pauses = DiscoveryPauses(
            again: .milliseconds(1), first: .milliseconds(1), look: .milliseconds(1))
          return ServerDiscovery(resolver, pauses: pauses, logger: Logger(label: "gateway") { _ in handler })
        })
    } catch {
      sink.close(within: .seconds(30))
      fclose(logFile)
      throw error
    }
  }

  deinit { fclose(logFile) }

  /// Whether its sessions outlive it: then those of one owner are bounded, and not those in memory.
  ///
  /// See ``store(in:)``.
  static var keepsSessions: Bool { getenv("GATEWAY_TEST_STORE") != nil }

  /// Where it keeps sessions: by the variable `GATEWAY_TEST_STORE` in memory, in a file of its own or in a database of its own on
  /// the tests' PostgreSQL.
  private static func store(
    in folder: TemporaryFolder
  ) async throws -> (location: StoreLocation, database: String?) {
    switch getenv("GATEWAY_TEST_STORE").map({ String(cString: $0) }) {
    case "sqlite": return (.sqlite(path: folder.path + "/gateway.db"), nil)
    case "postgresql":
      let address = try await StoreDatabases.shared.take()
      return (try #require(StoreLocation(address)), address)
    default: return (.memory, nil)
    }
  }

  /// The port of the first address that has one.
  var port: UInt16 {
    for address in addresses where !address.hasPrefix("unix:") {
      if let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) {
        return port
      }
    }
    preconditionFailure("the gateway listens on no port: \(addresses)")
  }

  /// What it has logged so far.
  var log: String {
    sink.flush(within: .seconds(30))
    let descriptor = fileno(logFile)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return "" }
    let size = max(1, Int(status.st_size))
    return String(unsafeUninitializedCapacity: size) { max(0, pread(descriptor, $0.baseAddress!, size, 0)) }
  }

  /// Stops it; once.
  func stop() async {
    await gateway.stop()
    if let database { await StoreDatabases.shared.giveBack(database) }
    sink.close(within: .seconds(30))
  }
}

extension Configuration {
  /// Makes the test a trusted proxy: it may name its requests by `X-Request-Id`, and say for whom it asks.
  mutating func trustTheTest() { trustedProxies = [IPNetwork("127.0.0.0/8")!] }
}

/// Runs `body` with a gateway in front of a scripted Ollama, and stops both at the end.
///
/// Fails the test if the gateway has sent Ollama anything that breaks the rules of HTTP.
///
/// - Parameters:
///   - ollama: the Ollama behind it; by default one that responds as a small, healthy one does (``OllamaResponses``).
///   - intervals, configure: see ``RunningGateway/init(ollama:intervals:_:)``.
func withGateway<Result>(
  ollama: ScriptedOllama? = nil, intervals: Intervals = Intervals(),
  _ configure: (inout Configuration) -> Void = { _ in },
  _ body: (RunningGateway, ScriptedOllama) async throws -> Result
) async throws -> Result {
  let ollama = try ollama ?? ScriptedOllama()
  defer { ollama.stop() }
  let running = try await RunningGateway(ollama: ollama.port, intervals: intervals, configure)
  let result: Result
  do {
    result = try await body(running, ollama)
  } catch {
    await running.stop()
    throw error
  }
  await running.stop()
  #expect(ollama.snapshot.violations.isEmpty, "the gateway broke the rules of HTTP")
  return result
}
