internal import Logging
internal import System

/// One line a request at level info, under the label `access`. Laid out as ``LineLogHandler``'s lines are, but without
/// swift-log's dictionaries in between: this is on every request's path.
public struct AccessLog: Sendable {
  private let sink: LogSink
  private let threshold: LogThreshold

  /// - Parameter threshold: the program's log level: requests are logged while it admits info.
  public init(sink: LogSink, threshold: LogThreshold) {
    self.sink = sink
    self.threshold = threshold
  }

  /// Is anything logged at all?
  public var isEnabled: Bool { threshold.level <= .info }

  /// Logs one request. Any thread; never blocks.
  public func record(_ entry: borrowing AccessLogEntry) {
    guard isEnabled else { return }
    var line = LogLine(sink.layout, time: .now, level: .info, label: "access", message: "request")
    line.add("method", entry.method)
    line.add("route", entry.route)
    line.add("status", entry.status)
    line.add("bytes", entry.bytes)
    line.add("ms", nanoseconds: entry.nanoseconds)
    if let first = entry.firstByteNanoseconds { line.add("first_byte_ms", nanoseconds: first) }
    if let model = entry.model { line.add("model", model) }
    if let upstream = entry.upstream { line.add("upstream", upstream) }
    if entry.attempts > 1 { line.add("attempts", entry.attempts) }
    if entry.queueNanoseconds > 0 { line.add("queue_ms", nanoseconds: entry.queueNanoseconds) }
    if let path = entry.path { line.add("path", path) }
    if let failure = entry.upstreamFailure { line.add("upstream_error", failure) }
    line.add("request_id", entry.requestID)
    if let id = entry.clientRequestID { line.add("client_request_id", id) }
    line.add("trace_id", entry.traceID)
    line.add("client", entry.client)
    if let key = entry.key { line.add("key", key) }
    line.end()
    sink.append(line.bytes)
  }
}
