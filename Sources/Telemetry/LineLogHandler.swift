public import Logging
internal import System

/// A swift-log handler that writes to a ``LogSink`` in the sink's format.
public struct LineLogHandler: LogHandler {
  private let label: String
  private let sink: LogSink
  private let threshold: LogThreshold
  /// A level that somebody has set for this logger alone.
  private var ownLevel: Logger.Level?
  /// What every line of this logger carries.
  public var metadata: Logger.Metadata = [:]
  /// What the surroundings of a line add.
  public var metadataProvider: Logger.MetadataProvider?

  /// - Parameters:
  ///   - label: names the part of the program, such as `gateway`.
  ///   - threshold: the least level that is logged, unless one is set for this logger alone.
  public init(label: String, sink: LogSink, threshold: LogThreshold) {
    self.label = label
    self.sink = sink
    self.threshold = threshold
  }

  /// The least level that is logged.
  public var logLevel: Logger.Level {
    get { ownLevel ?? threshold.level }
    set { ownLevel = newValue }
  }

  /// One field that goes along with every line of this handler.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes the event as one line. It does not wait for the line to be written.
  public func log(event: LogEvent) {
    var line = LogLine(
      sink.layout, time: .now, level: event.level, label: label, message: event.message.description)
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = all["error"] ?? "\(error)" }
    line.add(all)
    line.end()
    sink.append(line.bytes, isUrgent: event.level >= .error)
  }
}
