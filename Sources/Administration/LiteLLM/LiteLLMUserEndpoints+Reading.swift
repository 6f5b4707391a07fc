internal import Access
internal import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import OllamaAPI
internal import System

extension LiteLLMUserEndpoints {
  /// Any user for administrators, oneself for everybody who is one.
  private func shownUser(_ request: GatewayRequest) throws(RequestFailure) -> UserRecord {
    let parameters = QueryParameters(request.exchange.request.query)
    guard let own = request.principal?.grant else { throw .unknownLiteLLMUser }
    if let text = try parameters.text("user_id"), !text.isEmpty {
      let isOwn = own.user?.name.text.hasSameBytes(as: text) == true
      // Who may not know others is told the same of one who is there and of one who is not.
      guard own.scopes.contains(.adminRead) || isOwn else {
        throw RequestFailure(403, "This key may see its own user alone.")
      }
      return try user(called: text)
    }
    guard let himself = own.user else { throw .unknownLiteLLMUser }
    return try user(called: himself.name.text)
  }

  /// `GET /v2/user/info`: a user without keys.
  func showAlone(_ request: GatewayRequest) throws(RequestFailure) {
    let user = try shownUser(request)
    request.respond { LiteLLMUserReport.encode(user, into: &$0) }
  }

  /// `GET /user/info`.
  func showInfo(_ request: GatewayRequest) throws(RequestFailure) {
    let user = try shownUser(request)
    let now = Timestamp.now
    let directory = administration.directory
    let keys = directory.keys.filter { $0.user == user.name }
    request.respond { writer in
      writer.object { writer in
        writer.member("user_id", user.name.text)
        writer.key("user_info")
        LiteLLMUserReport.encode(user, into: &writer)
        writer.key("keys")
        writer.array { writer in
          for key in keys { LiteLLMKeyReport.encode(key, of: directory, at: now, into: &writer) }
        }
        writer.key("teams")
        writer.array { writer in
          guard let team = user.team else { return }
          writer.object { $0.member("team_id", team.text) }
        }
      }
    }
  }

  /// `GET /user/list`.
  func list(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let page = try parameters.integer("page", in: 1...QueryParameters.largestNumber) ?? 1
    let size = try parameters.integer("page_size", in: 1...100) ?? 25
    let found = try found(parameters)
    let (skip, overflow) = (page - 1).multipliedReportingOverflow(by: size)
    let part = overflow ? [] : found.dropFirst(skip).prefix(size)
    let counts = UserReport.keyCounts(of: administration.directory.keys)
    request.respond { writer in
      writer.object { writer in
        writer.key("users")
        writer.array { writer in
          for user in part { LiteLLMUserReport.encode(user, keys: counts[user.name] ?? 0, into: &writer) }
        }
        writer.member("total", found.count)
        writer.member("page", page)
        writer.member("page_size", size)
        writer.member("total_pages", (found.count + size - 1) / size)
      }
    }
  }

  /// The users that a list has, in its order.
  private func found(_ parameters: QueryParameters) throws(RequestFailure) -> [UserRecord] {
    // There are no organizations, and whom an issuer knows is in `identities` of our own list: who asks for those gets none, and not all.
    for name in ["organization_ids", "sso_user_ids"]
    where try LiteLLMEndpoints.text(name, parameters) != nil { return [] }
    var role: LiteLLMUserFields.Role?
    if let text = try LiteLLMEndpoints.text("role", parameters) {
      role = LiteLLMUserFields.Role(bytesOf: text)
      guard role != nil else {
        let words = LiteLLMUserFields.Role.allCases.map(\.rawValue).joined(separator: ", ")
        throw .parameter("role", "one of \(words)")
      }
    }
    let names = try LiteLLMEndpoints.text("user_ids", parameters)
      .map { Set($0.utf8.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }) }
    let email = try LiteLLMEndpoints.text("user_email", parameters).map(EmailAddress.folded)
    let part = try LiteLLMEndpoints.text("search", parameters).map(EmailAddress.folded)
    var filter = UserFilter()
    filter.team = try LiteLLMEndpoints.text("team", parameters)
    let found = administration.users(filter).filter { user in
      let address = user.email.map(EmailAddress.folded) ?? ""
      return (role.map { LiteLLMUserFields.Role(user.scopes) == $0 } ?? true)
        && (names?.contains(user.name.text) ?? true) && (email.map { address.holds($0) } ?? true)
        && (part.map { address.holds($0) || EmailAddress.folded(user.name.text).holds($0) } ?? true)
    }
    return try sorted(found, parameters)
  }

  /// By the time when they were made, the last first, where nothing is said.
  private func sorted(
    _ users: [UserRecord], _ parameters: QueryParameters
  ) throws(RequestFailure) -> [UserRecord] {
    let sorted: [UserRecord]
    let key = try LiteLLMEndpoints.text("sort_by", parameters)
    switch key {
    case nil, "created_at": sorted = users.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    case "user_id": sorted = users.sorted { $0.name < $1.name }
    case "user_email":
      sorted = users.sorted { ($0.email ?? "").utf8.lexicographicallyPrecedes(($1.email ?? "").utf8) }
    default: throw .parameter("sort_by", "created_at, user_id or user_email")
    }
    switch try LiteLLMEndpoints.text("sort_order", parameters) {
    case nil: return key == nil ? sorted.reversed() : sorted
    case "asc": return key == nil ? sorted.reversed() : sorted
    case "desc": return sorted.reversed()
    default: throw .parameter("sort_order", "asc or desc")
    }
  }
}

extension String {
  /// Whether a text stands in it, byte for byte. Looks at each place once: both are bounded.
  fileprivate func holds(_ part: String) -> Bool {
    let (text, part) = (Array(utf8), Array(part.utf8))
    guard part.count <= text.count else { return false }
    return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}
