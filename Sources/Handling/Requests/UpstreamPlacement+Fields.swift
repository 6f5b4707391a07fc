internal import Fleet
package import HTTPFields
internal import System
package import Upstreams

// What a client is told of the server that its request came to.
extension UpstreamPlacement {
  /// Adds the fields of a response's head; ``ServerTiming`` has more.
  package func append(to fields: inout FieldSection) {
    // Of a request that was changed its client hears in any case.
    if let context { fields.append("X-Gateway-Context", "\(context.asked)->\(context.sent)") }
    guard isTold else { return }
    if let name { fields.append("X-Gateway-Server", name) }
    if let queue { fields.append("X-Gateway-Queue", queue) }
    if attempts > 1 { fields.append("X-Gateway-Attempts", "\(attempts)") }
    if let word = affinity.word { fields.append("X-Gateway-Affinity", "\(word)") }
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
