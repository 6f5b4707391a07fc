internal import Access
internal import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

extension LiteLLMEndpoints {
  /// `GET /key/info`: of any key for administrators, of one's own for everybody who has one.
  func showInfo(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    guard let own = request.principal?.grant else { throw .unknownKey }
    let record: KeyRecord
    if let text = try parameters.text("key") {
      let meant = administration.directory.key(meantBy: text)
      // Who may not know others is told the same of one that is there and of one that is not.
      guard own.scopes.contains(.adminRead) || meant != nil && meant?.id == own.key?.id else {
        throw RequestFailure(403, "This key may see itself alone.")
      }
      guard let meant else { throw .unknownKey }
      record = meant
    } else {
      guard let key = own.key else { throw .unknownKey }
      record = key
    }
    request.respond { writer in
      writer.object { writer in
        // The public part, however it was asked for.
        writer.member("key", record.id.text)
        writer.key("info")
        LiteLLMKeyReport.encode(record, of: administration.directory, at: .now, into: &writer)
      }
    }
  }

  /// `GET /key/list`.
  func list(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let page = try parameters.integer("page", in: 1...QueryParameters.largestNumber) ?? 1
    let size = try parameters.integer("size", in: 1...100) ?? 10
    let isFull = try LiteLLMEndpoints.flag("return_full_object", parameters)
    let now = Timestamp.now
    let found = try found(parameters, at: now)
    let (skip, overflow) = (page - 1).multipliedReportingOverflow(by: size)
    let part = overflow ? [] : found.dropFirst(skip).prefix(size)
    let directory = administration.directory
    request.respond { writer in
      writer.object { writer in
        writer.key("keys")
        writer.array { writer in
          for record in part {
            if isFull {
              LiteLLMKeyReport.encode(record, of: directory, at: now, into: &writer)
            } else {
              writer.string(record.id.text)
            }
          }
        }
        writer.member("total_count", found.count)
        writer.member("current_page", page)
        writer.member("total_pages", (found.count + size - 1) / size)
      }
    }
  }

  /// The keys that a list has, in its order.
  private func found(_ parameters: QueryParameters, at now: Timestamp) throws(RequestFailure) -> [KeyRecord] {
    var filter = KeyFilter()
    filter.user = try LiteLLMEndpoints.text("user_id", parameters)
    filter.team = try LiteLLMEndpoints.text("team_id", parameters)
    filter.name = try LiteLLMEndpoints.text("key_alias", parameters)
    filter.isNamePart = try LiteLLMEndpoints.flag("substring_matching", parameters)
    switch try LiteLLMEndpoints.text("status", parameters) {
    case nil: break
    case "active": filter.status = .active
    case "expired": filter.status = .expired
    case "revoked": filter.status = .disabled
    // Of what is deleted nothing is kept.
    case "deleted": return []
    default: throw .parameter("status", "active, expired, revoked or deleted")
    }
    // There are no organizations: who asks for the keys of one gets none, and not all.
    for name in ["organization_id", "project_id", "access_group_id", "agent_id"]
    where try LiteLLMEndpoints.text(name, parameters) != nil { return [] }
    var found = administration.keys(filter, at: now)
    if let hash = try LiteLLMEndpoints.text("key_hash", parameters) {
      let id = administration.directory.key(meantBy: hash)?.id
      found = found.filter { $0.id == id }
    }
    switch try LiteLLMEndpoints.text("sort_order", parameters) {
    case nil, "desc": return found
    case "asc": return found.reversed()
    default: throw .parameter("sort_order", "asc or desc")
    }
  }

  /// An empty text is none.
  static func text(
    _ name: String, _ parameters: QueryParameters
  ) throws(RequestFailure) -> String? {
    guard let text = try parameters.text(name), !text.isEmpty else { return nil }
    guard text.utf8.count <= 512 else { throw .parameter(name, "at most 512 bytes") }
    return text
  }

  private static func flag(_ name: String, _ parameters: QueryParameters) throws(RequestFailure) -> Bool {
    switch try text(name, parameters).map({ Array($0.utf8) }) {
    case nil, Array("false".utf8), Array("False".utf8), Array("0".utf8): false
    case Array("true".utf8), Array("True".utf8), Array("1".utf8): true
    default: throw .parameter(name, "true or false")
    }
  }
}

extension RequestFailure {
  /// A parameter of a query with a value that it does not take.
  static func parameter(_ name: String, _ takes: String) -> RequestFailure {
    RequestFailure(422, "“\(name)” takes \(takes).", field: name, fault: FieldFault(in: .query))
  }
}
