import Configuration
import Gateway
import Glibc
import Logging
import ServiceManager
import Telemetry

/// The gateway as a service: its start, its reloads and its stop.
struct GatewayService {
  private let effective: EffectiveConfiguration
  private let sources: ConfigurationSources
  private let log: ProgramLog

  init(_ effective: EffectiveConfiguration, _ sources: ConfigurationSources) {
    self.effective = effective
    self.sources = sources
    log = ProgramLog(effective.configuration, environment: sources.environment)
  }

  /// Serves until a signal stops it.
  ///
  /// - Returns: the exit code: 0 after an orderly stop, 1 when the gateway cannot start, 64 when it never could by these settings.
  func run(until signals: ProcessSignals) async -> Int32 {
    for notice in effective.notices { log.logger.warning("\(notice)") }
    raiseDescriptorLimit()
    let gateway: Gateway
    do throws(Gateway.StartFailure) {
      gateway = try await start()
    } catch {
      log.sink.close(within: .seconds(1))
      StandardError.complain("\(error)")
      return error.isLasting ? EX_USAGE : EXIT_FAILURE
    }
    announce(gateway)
    let manager = ServiceReporter(gateway, environment: sources.environment, logger: log.logger)
    await manager?.reportReady()
    let reporting = Task { await manager?.run() }
    let reloading = Task { await reload(gateway, manager, on: signals.reloads) }
    let signal = await signals.wait()
    reloading.cancel()
    log.logger.notice("stopping", metadata: ["signal": "\(ProcessSignals.name(signal))"])
    await manager?.reportStopping()
    await gateway.stop()
    reporting.cancel()
    log.logger.notice("stopped")
    log.sink.close(within: .seconds(2))
    return EXIT_SUCCESS
  }

  /// Where the service manager has opened sockets, they stand for the default of `listen`; what the operator has asked for
  /// is listened at as well.
  private func start() async throws(Gateway.StartFailure) -> Gateway {
    let passed = PassedSockets(environment: sources.environment, process: getpid()).sockets
    var configuration = effective.configuration
    if !passed.isEmpty, isListenStandard { configuration.listen = [] }
    if configuration.store == .automatic {
      configuration.store = configuration.store.resolved(in: sources.environment)
      StateFolder.make(for: configuration.store)
    }
    if configuration.storePasswordFile == nil {
      configuration.storePasswordFile = ConfigurationCredential.storePassword(in: sources.environment)
    }
    if configuration.adminKeyFile == nil {
      configuration.adminKeyFile = ConfigurationCredential.adminKey(in: sources.environment)
    }
    let gateway = try await Gateway(
      configuration: configuration, passed: passed.map(\.descriptor), accessLog: log.access,
      logger: log.logger)
    RunningStore.write(configuration.store, environment: sources.environment)
    return gateway
  }

  private var isListenStandard: Bool { Setting.named("listen").map(effective.source) == .standard }

  private func raiseDescriptorLimit() {
    if case .openFilesLimit(let limit) = Setting.named("max_connections").map(effective.source) {
      log.logger.warning(
        "max_connections is less than its default, as the open-files limit is low (LimitNOFILE, ulimit -Hn)",
        metadata: [
          "limit": .stringConvertible(limit),
          "max_connections": .stringConvertible(effective.configuration.maxConnections),
        ])
    }
    guard !DescriptorNeed.raise(for: effective.configuration) else { return }
    log.logger.warning(
      "the open-files limit is too low for max_connections",
      metadata: [
        "limit": .stringConvertible(DescriptorNeed.limits.soft),
        "needed": .stringConvertible(DescriptorNeed.descriptors(for: effective.configuration)),
      ])
  }

  private func announce(_ gateway: Gateway) {
    log.logger.notice(
      "ready",
      metadata: [
        "version": "\(GatewayVersion.current)", "listen": "\(gateway.addresses.joined(separator: ","))",
        "ollama": "\(effective.configuration.servers.map { "\($0.place)" }.joined(separator: ","))",
        "workers": .stringConvertible(effective.configuration.workers),
      ])
    if gateway.listensBeyondThisMachine, gateway.isOpen { announceOpenness() }
    warnOfProxyUsers(gateway, effective.configuration)
  }

  private func warnOfProxyUsers(_ gateway: Gateway, _ configuration: Configuration) {
    let doubt = ProxyUserWarning.text(
      configuration, reachesOtherMachines: gateway.listensBeyondThisMachine,
      hasUnixSocket: gateway.addresses.contains { $0.utf8.starts(with: "unix:".utf8) })
    if let doubt { log.logger.warning("\(doubt)") }
  }

  private func announceOpenness() {
    let configuration = effective.configuration
    log.logger.warning(
      "\(Openness.warning)",
      metadata: [
        "model_management": configuration.allowModelManagement ? "open" : "refused",
        "sessions": configuration.sharedSessions ? "everybody's" : "their owners'",
      ])
  }
}

// MARK: - Reload

extension GatewayService {
  /// Reads the configuration again each time that it is asked for. A bad one changes nothing.
  private func reload(_ gateway: Gateway, _ manager: ServiceReporter?, on requests: AsyncStream<Void>) async {
    var running = effective.configuration
    for await _ in requests where !Task.isCancelled {
      await manager?.reportReloading()
      do {
        let read = try sources.resolve()
        for notice in read.notices { log.logger.warning("\(notice)") }
        running = try await apply(ConfigurationReload(of: running, with: read.configuration), to: gateway)
      } catch {
        log.logger.error("not reloaded, all settings stay as they were", metadata: ["reason": "\(error)"])
      }
      // A stop that came meanwhile must not be taken back.
      if !Task.isCancelled { await manager?.reportReady() }
    }
  }

  private func apply(
    _ reload: ConfigurationReload, to gateway: Gateway
  ) async throws(ConfigurationError) -> Configuration {
    let files = try await gateway.reload(reload.configuration)
    let changed = reload.changed + files.filter { !reload.changed.contains($0) }
    let level = Logger.Level(reload.configuration.logLevel)
    // The more talkative of the two levels is to say that it changed.
    log.threshold.level = min(log.threshold.level, level)
    log.logger.notice(
      "reloaded",
      metadata: ["changed": "\(changed.isEmpty ? "none" : changed.joined(separator: ","))"])
    warnOfProxyUsers(gateway, reload.configuration)
    if !reload.postponed.isEmpty {
      log.logger.warning(
        "settings that take effect at the next start",
        metadata: ["settings": "\(reload.postponed.joined(separator: ","))"])
    }
    log.threshold.level = level
    return reload.configuration
  }
}
