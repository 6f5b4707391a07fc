import Configuration
import Logging
import ServiceManager
import Telemetry

/// The program's log: to the journal by standard output where systemd has put it there, else to standard error.
struct ProgramLog {
  let sink: LogSink
  let threshold: LogThreshold
  let access: AccessLog
  let logger: Logger

  /// Once in a process.
  init(_ configuration: Configuration, environment: [String: String]) {
    let isForJournal = JournalStream.isBehind(1, environment: environment)
    let sink = LogSink(
      descriptor: isForJournal ? 1 : 2, format: LogLineFormat(configuration.logFormat),
      isForJournal: isForJournal)
    let threshold = LogThreshold(Logger.Level(configuration.logLevel))
    LoggingSystem.bootstrap { LineLogHandler(label: $0, sink: sink, threshold: threshold) }
    self.sink = sink
    self.threshold = threshold
    access = AccessLog(sink: sink, threshold: threshold)
    logger = Logger(label: "gateway")
  }
}

extension Logger.Level {
  /// The names are swift-log's.
  init(_ level: LogLevel) {
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
