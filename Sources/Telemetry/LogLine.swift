internal import Bytes
internal import Logging
internal import System

/// Builds one log line, straight to bytes. Whatever a value holds, the line stays one line, and in quotes a value stays
/// one value: a peer cannot forge an entry.
struct LogLine {
  /// The most bytes of a message and of a value; what is longer is cut and ends in `…`.
  static let longestMessage = 8192
  static let longestValue = 2048

  private(set) var bytes: [UInt8] = []
  let format: LogLineFormat

  /// Starts a line: time, level, the logger's label, message.
  init(_ layout: LogLineLayout, time: Timestamp, level: Logger.Level, label: String, message: String) {
    format = layout.format
    bytes.reserveCapacity(512)
    if layout.isForJournal { append(level.priority) }
    switch format {
    case .text:
      if !layout.isForJournal {
        appendTime(time)
        append(" ")
      }
      append(level.name)
      append(" ")
      appendEscaped(label, limit: Self.longestValue, quote: false)
      append(": ")
      appendEscaped(message, limit: Self.longestMessage, quote: false)
    case .json:
      append("{\"time\":\"")
      appendTime(time)
      append("\",\"level\":\"")
      append(level.name)
      append("\",\"logger\":\"")
      appendEscaped(label, limit: Self.longestValue, quote: true)
      append("\",\"message\":\"")
      appendEscaped(message, limit: Self.longestMessage, quote: true)
      append("\"")
    }
  }

  /// Adds a field with a key of ours.
  mutating func add(_ key: StaticString, _ value: String) {
    start(key)
    appendValue(value)
  }

  /// Adds a field with a number.
  mutating func add(_ key: StaticString, _ value: Int) {
    start(key)
    appendNumber(value)
  }

  /// Adds a field with a trace's id.
  mutating func add(_ key: StaticString, _ value: TraceID) {
    start(key)
    if format == .json { append("\"") }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: TraceID.length) { buffer in
      value.write(to: buffer)
      bytes.append(contentsOf: buffer)
    }
    if format == .json { append("\"") }
  }

  /// Adds a field with the client's address, written out here and nowhere before.
  mutating func add(_ key: StaticString, _ client: AccessLogEntry.Client) {
    start(key)
    if format == .json { append("\"") }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Peer.longestText) { buffer in
      let count =
        switch client {
        case .peer(let peer): peer.write(to: buffer)
        case .address(let address): address.write(to: buffer)
        }
      bytes.append(contentsOf: buffer[..<count])
    }
    if format == .json { append("\"") }
  }

  /// Adds a span of time in milliseconds with three decimals.
  mutating func add(_ key: StaticString, nanoseconds: Int64) {
    start(key)
    let microseconds = max(0, nanoseconds) / 1000
    appendNumber(Int(microseconds / 1000))
    let fraction = microseconds % 1000
    let zero = UInt8(ascii: "0")
    bytes.append(UInt8(ascii: "."))
    bytes.append(zero + UInt8(fraction / 100))
    bytes.append(zero + UInt8(fraction / 10 % 10))
    bytes.append(zero + UInt8(fraction % 10))
  }

  /// Ends the line. Nothing may be added after it.
  mutating func end() {
    if format == .json { append("}") }
    append("\n")
  }

  private mutating func start(_ key: StaticString) {
    switch format {
    case .text:
      append(" ")
      append(key)
      append("=")
    case .json:
      append(",\"")
      append(key)
      append("\":")
    }
  }

  private mutating func appendTime(_ time: Timestamp) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Timestamp.iso8601Length) { buffer in
      time.writeISO8601(to: buffer)
      bytes.append(contentsOf: buffer)
    }
  }

  mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(byte: UInt8) { bytes.append(byte) }

  mutating func append(clean run: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: run) }

  mutating func appendNumber(_ value: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    DecimalDigits.with(UInt64(value.magnitude)) { bytes.append(contentsOf: $0) }
  }
}

extension Logger.Level {
  /// The prefix that the journal reads: the priority by syslog(3).
  fileprivate var priority: StaticString {
    switch self {
    case .trace, .debug: "<7>"
    case .info: "<6>"
    case .notice: "<5>"
    case .warning: "<4>"
    case .error: "<3>"
    case .critical: "<2>"
    }
  }

  fileprivate var name: StaticString {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .notice: "notice"
    case .warning: "warning"
    case .error: "error"
    case .critical: "critical"
    }
  }
}
