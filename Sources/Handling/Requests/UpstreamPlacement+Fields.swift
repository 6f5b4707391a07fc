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
    guard isTold else { return }
    if let name { fields.append("X-Gateway-Server", name) }
    if let queue { fields.append("X-Gateway-Queue", queue) }
    if attempts > 1 { fields.append("X-Gateway-Attempts", "\(attempts)") }
    if let word = affinity.word { fields.append("X-Gateway-Affinity", "\(word)") }
    let timing = timing(load)
    if !timing.isEmpty { fields.append("Server-Timing", timing) }
  }

  /// The value of `Server-Timing`, made in one piece of memory: nearly each response has one.
  private func timing(_ load: Duration?) -> String {
    var timing = ""
    if let name { timing.reserveCapacity(80 + name.utf8.count) }
    if waited > .zero { timing += "queue;dur=\(UpstreamPlacement.milliseconds(waited))" }
    if let load {
      if !timing.isEmpty { timing += ", " }
      timing += "load;dur=\(UpstreamPlacement.milliseconds(load))"
    }
    if let name {
      if !timing.isEmpty { timing += ", " }
      timing += "upstream;desc=\""
      timing += name
      timing += "\""
    }
    return timing
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

  private static func milliseconds(_ duration: Duration) -> String {
    tenths(max(0, duration.wholeNanoseconds / 100_000))
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
