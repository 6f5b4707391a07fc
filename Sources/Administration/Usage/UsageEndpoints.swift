internal import Access
internal import Accounts
package import Handling
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import Limits
internal import OllamaAPI
internal import Sessions
internal import System

/// What was used, and what may be used now, for administrators. Lives on its worker's loop.
package final class UsageEndpoints: RouteCollection {
  package let context: WorkerContext
  private let administration: Administration

  /// On the thread of the context's loop.
  ///
  /// - Parameter administration: that of all workers.
  package init(_ context: WorkerContext, _ administration: Administration) {
    self.context = context
    self.administration = administration
  }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/admin/usage",
        .get(.credential([.adminRead, .admin]), .showUsage, failures: [401, 422], task(showUsage))),
      Route(
        "/api/v1/admin/usage/log",
        .get(.credential([.adminRead, .admin]), .showUsageLog, failures: [401, 422], task(showLog))),
      Route(
        "/api/v1/admin/limits",
        .get(.credential([.adminRead, .admin]), .showLimits, failures: [401, 404, 422], Handler(showLimits))),
    ].map(\.forHolders)
  }

  // MARK: Usage

  /// `GET /api/v1/admin/usage`.
  private func showUsage(_ request: GatewayRequest) async throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    var asked = try UsageRequest(parameters, at: .now)
    asked.question.user = asked.question.user.map(administration.directory.accountName)
    let isCSV = try UsageEndpoints.wantsCSV(request, parameters)
    let table = try await administration.usage(asked)
    let fields = UsageEndpoints.fields(
      of: request, "usage", next: table.hasMore ? asked.question.skip + asked.question.limit : nil)
    guard isCSV else { return request.respond(fields: fields) { table.encode(into: &$0) } }
    UsageEndpoints.respond(request, fields, table.csv, "usage.csv")
  }

  /// `GET /api/v1/admin/usage/log`.
  private func showLog(_ request: GatewayRequest) async throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let question = try UsageRequest(parameters, at: .now).logQuestion
    let isCSV = try UsageEndpoints.wantsCSV(request, parameters)
    let table = try await administration.usageLog(question)
    let fields = UsageEndpoints.fields(
      of: request, "usage/log", next: table.hasMore ? question.skip + question.limit : nil)
    guard isCSV else { return request.respond(fields: fields) { table.encode(into: &$0) } }
    UsageEndpoints.respond(request, fields, table.csv, "requests.csv")
  }

  /// - Parameter next: how many the next part leaves out; nil for the last one.
  private static func fields(of request: GatewayRequest, _ path: String, next: Int?) -> FieldSection {
    var fields: FieldSection = [("Vary", "Accept")]
    if let next {
      let query = query(of: request, skipping: next)
      fields.append("Link", "<\(request.target.base)/api/v1/admin/\(path)?\(query)>; rel=\"next\"")
    }
    return fields
  }

  private static func respond(
    _ request: GatewayRequest, _ fields: FieldSection, _ csv: [UInt8], _ name: String
  ) {
    var fields = fields
    fields.append("Content-Type", "text/csv; charset=utf-8; header=present")
    fields.append("Content-Disposition", "attachment; filename=\"\(name)\"")
    request.respond(ServerResponse(status: 200, fields: fields, body: .bytes(csv)))
  }

  private static func wantsCSV(
    _ request: GatewayRequest, _ parameters: QueryParameters
  ) throws(RequestFailure) -> Bool {
    guard let format = try parameters.text("format") else {
      return request.exchange.request.first("accept")?.utf8.starts(with: "text/csv".utf8) == true
    }
    switch format.utf8.count {
    case _ where format.hasSameBytes(as: "csv"): return true
    case _ where format.hasSameBytes(as: "json"): return false
    default:
      throw RequestFailure(
        422, "“format” takes json or csv.", field: "format", fault: FieldFault(in: .query))
    }
  }

  /// The query that asks for what follows.
  private static func query(of request: GatewayRequest, skipping skip: Int) -> String {
    let pairs = (request.exchange.request.query ?? "").split(separator: "&").filter {
      !$0.utf8.starts(with: "skip=".utf8)
    }
    return (pairs.map(String.init) + ["skip=\(skip)"]).joined(separator: "&")
  }

  // MARK: Limits

  /// For whom the key asks, where one of its users is meant.
  private func user(in parameters: QueryParameters, of key: KeyRecord) throws(RequestFailure) -> UserName? {
    guard let text = try parameters.text("user") else { return nil }
    guard key.mayActForUsers, let user = UserName(text) else {
      throw RequestFailure(
        422, "“user” takes the name of a user for whom the key may ask.", field: "user",
        fault: FieldFault(in: .query))
    }
    return user
  }

  /// `GET /api/v1/admin/limits`.
  private func showLimits(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let directory = administration.directory
    var subjects: [LimitedSubject] = []
    if let text = try parameters.text("key") {
      guard let grant = directory.grant(meantBy: text), let key = grant.key else { throw .unknownKey }
      let user = try user(in: parameters, of: key)
      subjects.append(LimitedSubject(user.map { .keyUser(key.id, $0) } ?? .key(key.id), key.limits))
      if let user = grant.user { subjects.append(LimitedSubject(.user(user.id), user.limits)) }
      if let team = grant.team {
        subjects.append(LimitedSubject(.team(team.name), team.limits))
      }
    } else if let text = try parameters.text("user") {
      let user = try administration.user(meantBy: text)
      subjects.append(LimitedSubject(.user(user.id), user.limits))
      if let team = user.team.flatMap(directory.team) {
        subjects.append(LimitedSubject(.team(team.name), team.limits))
      }
    } else if let text = try parameters.text("team") {
      guard let team = TeamName(text).flatMap(directory.team) else { throw .unknownTeam }
      subjects.append(LimitedSubject(.team(team.name), team.limits))
    } else {
      throw RequestFailure(
        422, "“key”, “user” or “team” is missing: whose limits are meant?", field: "key",
        fault: FieldFault(.missing, in: .query))
    }
    let (now, wall) = (MonotonicTime.now, Timestamp.now)
    let standings = subjects.map { ($0, administration.access.standings(of: [$0], at: now, wall)) }
    request.respond { LimitReport.encode(standings, at: wall, into: &$0) }
  }
}
