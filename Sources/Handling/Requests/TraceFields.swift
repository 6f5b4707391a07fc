internal import Configuration
package import HTTPFields
internal import HTTPServer
internal import Telemetry

/// The fields by which Ollama's part of the work joins the request's trace (W3C Trace Context).
package enum TraceFields {
  /// Bytes that a `traceparent` takes.
  package static let size = 66

  /// Those of a request that Ollama gets in the course of this one: none, unless the operator lets it know of its clients.
  package static func of(_ request: GatewayRequest, _ settings: LiveSettings) -> FieldSection {
    guard settings.configuration.forwardClient else { return [] }
    var fields = FieldSection(reservingCapacity: 1, bytes: size)
    append(request, to: &fields)
    return fields
  }

  /// Adds `traceparent`, and the client's `tracestate` if the trace is the client's.
  package static func append(_ request: GatewayRequest, to fields: inout FieldSection) {
    request.trace.withTraceparent { fields.append("traceparent", $0) }
    guard request.trace.isTakenOver else { return }
    let head = request.exchange.request.fields
    var budget = TraceStateBudget()
    var fits = true
    head.withEachField { if $0.isNamed("tracestate") { fits = budget.take($0.value) && fits } }
    guard fits else { return }
    head.withEachField { if $0.isNamed("tracestate") { fields.append($0) } }
  }
}
