internal import Bytes
internal import Fleet
package import HTTPFields
internal import System
package import Upstreams

// What a client is told of the server that its request came to.
extension UpstreamPlacement {
  /// Adds the fields of a response's head.
  ///
  /// - Parameter load: how long the server took to load the model, where its response has told that already.
  package func append(load: Duration?, to fields: inout FieldSection) {
    // Of a request that was changed its client hears in any case.
    if let context { fields.append("X-Gateway-Context", "\(context.asked)->\(context.sent)") }
    guard isTold else { return }
    if let name { fields.append("X-Gateway-Server", name) }
    if let queue { fields.append("X-Gateway-Queue", queue) }
    if attempts > 1 { fields.append("X-Gateway-Attempts", "\(attempts)") }
    if let word = affinity.word { fields.append("X-Gateway-Affinity", "\(word)") }
    var timing = GrowableBuffer()
    write(load, to: &timing)
    if !timing.isEmpty { fields.append("Server-Timing", timing.bytes) }
  }

  /// Writes the value of `Server-Timing` as bytes: nearly each response has one, and interpolation takes several times as long.
  private func write(_ load: Duration?, to timing: inout GrowableBuffer) {
    if waited > .zero {
      timing.append("queue;dur=")
      UpstreamPlacement.write(milliseconds: waited, to: &timing)
    }
    if let load {
      if !timing.isEmpty { timing.append(", ") }
      timing.append("load;dur=")
      UpstreamPlacement.write(milliseconds: load, to: &timing)
    }
    guard var name else { return }
    if !timing.isEmpty { timing.append(", ") }
    timing.append("upstream;desc=\"")
    name.withUTF8 { timing.append(UnsafeRawBufferPointer($0)) }
    timing.append("\"")
  }

  /// The same as a comment in a stream of server-sent events, whose head went before this was known; nil where there is nothing to
  /// tell. Between two events alone.
  package var comment: [UInt8]? {
    guard isTold else { return nil }
    var words: [String] = []
    if let name { words.append("server=\(name)") }
    if attempts > 1 { words.append("attempts=\(attempts)") }
    if let queue { words.append("queue=\(queue)") }
    guard !words.isEmpty else { return nil }
    return Array(": \(words.joined(separator: " "))\n\n".utf8)
  }

  /// Seconds with a tenth, never none; nil for a call that did not wait.
  private var queue: String? {
    guard waited > .zero else { return nil }
    let (whole, rest) = waited.wholeNanoseconds.quotientAndRemainder(dividingBy: 100_000_000)
    return UpstreamPlacement.tenths(max(1, rest >= 50_000_000 ? whole + 1 : whole))
  }

  /// With a tenth.
  private static func write(milliseconds duration: Duration, to timing: inout GrowableBuffer) {
    let tenths = UInt64(max(0, duration.wholeNanoseconds / 100_000))
    DecimalDigits.with(tenths / 10) { timing.append($0) }
    timing.append(".")
    DecimalDigits.with(tenths % 10) { timing.append($0) }
  }

  private static func tenths(_ count: Int64) -> String { "\(count / 10).\(count % 10)" }
}

extension FleetAffinity {
  /// Nil where there is no conversation.
  package var word: StaticString? {
    switch self {
    case .none: nil
    case .initialize: "initialize"
    case .retain: "retain"
    case .switch: "switch"
    }
  }
}
