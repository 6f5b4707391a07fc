package import Accounts
internal import Access
internal import Bytes
internal import HTTPFields
internal import Limits
internal import System
internal import Upstreams

// The limits of whom a request comes from.
extension GatewayRequest {
  /// For whom it is; known once its ``principal`` is.
  package func payer(by context: WorkerContext) -> WorkPayer {
    WorkPayer(context.principal(of: self), at: forwarded?.way.hops.first ?? peer.address)
  }

  /// Lets the work for it in: see ``WorkMeter/begin(_:of:for:as:)``. The response tells how limits stand.
  ///
  /// - Parameter model: as it was asked for, aliases resolved.
  package func begin(
    _ demand: Demand, of model: String?, by context: WorkerContext
  ) throws(RequestFailure) -> MeteredWork? {
    let model = model.map(context.upstreams.canonicalName)
    let work: MeteredWork?
    if let grant, !grant.mayActForUsers {
      work = try context.meter.begin(demand, of: model, for: grant, as: errorFormat, id)
    } else {
      guard context.meter.counts(self) else { return nil }
      work = try context.meter.begin(demand, of: model, for: payer(by: context), as: errorFormat, id)
    }
    reservation = work?.reservation
    return work
  }

  /// What the response tells of limits: of those here alone, whatever a server says of its own, as nobody could tell them apart.
  func appendStandings(to fields: inout FieldSection) {
    guard let standings = reservation?.standings, !standings.isEmpty else { return }
    var hasOthers = false
    fields.withEachField { if $0.isOfLimits { hasOthers = true } }
    if hasOthers {
      var rest = FieldSection(reservingCapacity: fields.count, bytes: fields.byteCount)
      fields.withEachField { if !$0.isOfLimits { rest.append($0) } }
      fields = rest
    }
    RateLimitFields.withDraft(standings) { fields.append($0, $1) }
    let dialect = RateLimitDialect(errorFormat)
    guard dialect != .ollama else { return }
    fields.append(contentsOf: RateLimitFields.ownFields(of: standings.all, in: dialect, at: .now))
  }
}

extension FieldSection.Field {
  /// Whether it is one that ``RateLimitFields`` has, in any API's words.
  fileprivate var isOfLimits: Bool {
    // Most begin with another letter.
    guard let first = name.first.map(ASCII.lowercased),
      first == UInt8(ascii: "x") || first == UInt8(ascii: "a") || first == UInt8(ascii: "r")
    else { return false }
    return hasNamePrefix("x-ratelimit-") || hasNamePrefix("anthropic-ratelimit-")
      || hasNamePrefix("ratelimit")
  }
}
