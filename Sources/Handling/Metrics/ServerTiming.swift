internal import Bytes
package import HTTPFields
internal import System
package import Upstreams

/// `Server-Timing` (W3C Server Timing): where the time of a response went, for the client's own tools. All in one field: each costs the
/// server's library some hundred letters' time.
package struct ServerTiming {
  /// What Ollama took; nil where that is not told.
  private let ollama: Duration?
  /// How the response's call came to its server, where that is told.
  private let placement: UpstreamPlacement?
  /// How long the server took to load the model, where its response has told that already.
  private let load: Duration?

  /// See the properties.
  package init(ollama: Duration?, _ placement: UpstreamPlacement?, load: Duration?) {
    self.ollama = ollama
    self.placement = placement?.isTold == true ? placement : nil
    self.load = load
  }

  /// Adds the field, where there is something to tell.
  package func append(to fields: inout FieldSection) {
    var name = placement?.name
    guard ollama != nil || placement != nil else { return }
    withUnsafeTemporaryAllocation(byteCount: 128 + (name?.utf8.count ?? 0), alignment: 1) { memory in
      var text = FixedWriter(memory)
      if let ollama { ServerTiming.write("ollama;dur=", ollama, to: &text) }
      if let placement {
        if placement.waited > .zero { ServerTiming.write("queue;dur=", placement.waited, to: &text) }
        if let load { ServerTiming.write("load;dur=", load, to: &text) }
      }
      if name != nil {
        ServerTiming.write("upstream;desc=\"", to: &text)
        name?.withUTF8 { text.append(UnsafeRawBufferPointer($0)) }
        text.append("\"")
      }
      if text.count > 0 { fields.append("Server-Timing", text.text) }
    }
  }

  /// In milliseconds with a tenth: 21 bytes at most, as 14 digits are 292 years.
  private static func write(_ metric: StaticString, _ duration: Duration, to text: inout FixedWriter) {
    write(metric, to: &text)
    let tenths = UInt64(max(0, duration.wholeNanoseconds / 100_000))
    text.append(tenths / 10)
    text.append(".")
    text.append(tenths % 10)
  }

  private static func write(_ metric: StaticString, to text: inout FixedWriter) {
    if text.count > 0 { text.append(", ") }
    text.append(metric)
  }
}
