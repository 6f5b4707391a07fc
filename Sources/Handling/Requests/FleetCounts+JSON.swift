package import Fleet
package import JSON

extension FleetCounts {
  /// Writes them as a member `servers` of a report.
  package func encode(into writer: inout JSONWriter) {
    writer.key("servers")
    writer.object { writer in
      writer.member("up", up)
      writer.member("down", down)
      writer.member("draining", draining)
      writer.member("unknown", unknown)
      writer.member("total", total)
    }
  }
}
