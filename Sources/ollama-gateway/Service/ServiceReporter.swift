import Gateway
import Glibc
import Logging
import ServiceManager
import System

/// Tells the service manager how the gateway is: ready, reloading, stopping; its status line; and signs of life for its
/// watchdog, each of which the loops have given by reporting.
actor ServiceReporter {
  private let gateway: Gateway
  private let socket: NotifySocket
  private let watchdog: Watchdog?
  private let logger: Logger
  private var ollama: (url: String, isReachable: Bool?) = ("", nil)
  private var lastStatus = ""
  private var isStopping = false
  private var hasComplained = false

  /// How often the status line is made, unless the watchdog asks for more.
  private static let interval = Duration.seconds(2)
  /// How often the Ollama server is asked whether it is there.
  private static let probeInterval = Duration.seconds(15)

  /// Nil where no service manager listens.
  init?(_ gateway: Gateway, environment: [String: String], logger: Logger) {
    guard let socket = NotifySocket(environment: environment) else { return nil }
    self.gateway = gateway
    self.socket = socket
    self.logger = logger
    watchdog = Watchdog(environment: environment, process: getpid())
  }

  /// The gateway serves, for the first time or again.
  func reportReady() {
    if !isStopping { tell([.ready]) }
  }

  func reportReloading() {
    if !isStopping { tell([.reloading(since: .now)]) }
  }

  func reportStopping() {
    isStopping = true
    tell([.stopping])
  }

  /// Reports until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.beat() }
      group.addTask { await self.watchOllama() }
    }
  }

  private var interval: Duration { min(Self.interval, watchdog?.interval ?? Self.interval) }

  /// Where a loop hangs, `figures` does not come back, and with it no sign of life goes out.
  private func beat() async {
    repeat {
      let status = await gateway.figures().statusLine(ollama: ollama)
      var news: [ServiceState] = watchdog == nil ? [] : [.watchdog]
      // Draining may be set to last longer than the unit's TimeoutStopSec: as long as it goes on, it may.
      if isStopping { news.append(.extendTimeout(interval * 3)) }
      if status != lastStatus { news.append(.status(status)) }
      lastStatus = status
      if !news.isEmpty { tell(news) }
      try? await Task.sleep(for: interval)
    } while !Task.isCancelled
  }

  private func watchOllama() async {
    repeat {
      let probed = await gateway.probeOllama()
      ollama = (probed.url, probed.isReachable)
      try? await Task.sleep(for: Self.probeInterval)
    } while !Task.isCancelled && !isStopping
  }

  /// A manager that does not hear us is worth one line.
  private func tell(_ news: [ServiceState]) {
    do {
      try socket.send(news)
    } catch {
      if !hasComplained {
        logger.warning("the service manager cannot be told", metadata: ["error": "\(error)"])
      }
      hasComplained = true
    }
  }
}
