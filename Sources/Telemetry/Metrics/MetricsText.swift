/// Metrics as text: Prometheus' own format 0.0.4, or OpenMetrics 1.0.
public struct MetricsText {
  /// How the text is laid out.
  public enum Format: Sendable {
    case prometheus
    case openMetrics

    /// By a request's `Accept`: OpenMetrics only for who asks for it.
    public init(accept: String?) {
      let asks = accept?.lowercased().contains("application/openmetrics-text") ?? false
      self = asks ? .openMetrics : .prometheus
    }

    /// The media type of the text.
    public var contentType: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  /// What tells the samples of one family apart.
  public typealias Labels = KeyValuePairs<StaticString, String>

  private let format: Format
  private var text = ""
  private var name = ""

  /// An empty text.
  public init(_ format: Format) {
    self.format = format
    text.reserveCapacity(16 * 1024)
  }

  /// All that was written, and the mark of the end where the format has one.
  public consuming func finish() -> [UInt8] {
    if format == .openMetrics { text += "# EOF\n" }
    return Array(text.utf8)
  }

  /// Begins a metric that goes up and down.
  public mutating func gauge(_ name: String, _ help: String) { begin(name, "gauge", help) }

  /// Begins a metric that only grows; its samples get the suffix `_total`.
  public mutating func counter(_ name: String, _ help: String) {
    begin(format == .openMetrics ? name : "\(name)_total", "counter", help)
    self.name = "\(name)_total"
  }

  /// Begins a metric of histograms.
  public mutating func histogram(_ name: String, _ help: String) { begin(name, "histogram", help) }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  /// A sample of the metric that was begun last.
  public mutating func sample(_ value: Double) { sample([:], value) }

  /// Adds a sample without labels.
  public mutating func sample(_ value: Int) { sample([:], value) }

  /// Adds a sample.
  public mutating func sample(_ labels: Labels, _ value: Double) {
    write("", labels, nil, MetricsText.text(of: value))
  }

  /// Adds a sample.
  public mutating func sample(_ labels: Labels, _ value: Int) {
    write("", labels, nil, "\(value)")
  }

  /// Adds the samples of a histogram.
  public mutating func sample(_ labels: Labels, _ histogram: Histogram) {
    var total: UInt64 = 0
    for (bound, count) in zip(histogram.bounds.values, histogram.counts) {
      total += count
      write("_bucket", labels, MetricsText.text(of: bound), "\(total)")
    }
    write("_bucket", labels, "+Inf", "\(histogram.count)")
    write("_sum", labels, nil, MetricsText.text(of: histogram.sum))
    write("_count", labels, nil, "\(histogram.count)")
  }

  private mutating func write(_ suffix: StaticString, _ labels: Labels, _ bound: String?, _ value: String) {
    text += "\(name)\(suffix)"
    var separator = "{"
    for (name, value) in labels {
      text += "\(separator)\(name)=\"\(MetricsText.escaped(value))\""
      separator = ","
    }
    if let bound {
      text += "\(separator)le=\"\(bound)\""
      separator = ","
    }
    if separator == "," { text += "}" }
    text += " \(value)\n"
  }

  /// Whole numbers without a fraction where that is exact, as bounds are written by others.
  private static func text(of value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value)).0" : "\(value)"
  }

  /// A label's value: backslash, quote and line feed are escaped.
  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return text }
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": escaped += #"\\"#
      case "\"": escaped += #"\""#
      case "\n": escaped += #"\n"#
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
