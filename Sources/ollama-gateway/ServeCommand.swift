import ArgumentParser
import Configuration
import Gateway
import Logging
import Telemetry

/// `ollama-gateway serve`: runs the gateway until a signal stops it.
struct ServeCommand {
  private let effective: EffectiveConfiguration

  init(_ effective: EffectiveConfiguration) { self.effective = effective }

  /// Comes back after an orderly stop, or when the gateway cannot start.
  func run(until signals: StopSignals) async -> ExitCode {
    let configuration = effective.configuration
    let level = Logger.Level(configuration.logLevel)
    let sink = LogSink(format: LogLineFormat(configuration.logFormat))
    LoggingSystem.bootstrap { LineLogHandler(label: $0, sink: sink, level: level) }
    let logger = Logger(label: "gateway")
    for notice in effective.notices { logger.warning("\(notice)") }
    raiseDescriptorLimit(logger)
    let gateway: Gateway
    do {
      gateway = try await Gateway(
        configuration: configuration, accessLog: AccessLog(sink: sink, level: level), logger: logger)
    } catch {
      sink.close(within: .seconds(1))
      StandardError.write("ollama-gateway: \(error)\n")
      return .failure
    }
    announce(gateway, logger)
    let signal = await signals.wait()
    logger.notice("stopping", metadata: ["signal": "\(StopSignals.name(signal))"])
    await gateway.stop()
    logger.notice("stopped")
    sink.close(within: .seconds(2))
    return .success
  }

  private func raiseDescriptorLimit(_ logger: Logger) {
    guard !DescriptorNeed.raise(for: effective.configuration) else { return }
    logger.warning(
      "the open-files limit is too low for max_connections",
      metadata: [
        "limit": .stringConvertible(DescriptorNeed.limits.soft),
        "needed": .stringConvertible(DescriptorNeed.descriptors(for: effective.configuration)),
      ])
  }

  private func announce(_ gateway: Gateway, _ logger: Logger) {
    logger.notice(
      "ready",
      metadata: [
        "version": "\(GatewayVersion.current)", "listen": "\(gateway.addresses.joined(separator: ","))",
        "ollama": "\(effective.configuration.ollama)",
        "workers": .stringConvertible(effective.configuration.workers),
      ])
  }
}

extension Logger.Level {
  /// The names are swift-log's.
  fileprivate init(_ level: LogLevel) {
    guard let same = Logger.Level(rawValue: level.rawValue) else { preconditionFailure("\(level)") }
    self = same
  }
}

extension LogLineFormat {
  fileprivate init(_ format: LogFormat) {
    switch format {
    case .text: self = .text
    case .json: self = .json
    }
  }
}
