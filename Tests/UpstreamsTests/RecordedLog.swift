import Logging
import System

/// Keeps the messages that are logged.
final class RecordedLog: Sendable {
  private let recorded = Lock<[String]>([])

  var messages: [String] { recorded.withLock { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(log: RecordedLog) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { log.recorded.withLock { $0.append("\(event.message)") } }
  }
}
