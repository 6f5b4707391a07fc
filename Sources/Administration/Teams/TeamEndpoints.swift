internal import Access
package import Handling
internal import HTTPServer
internal import JSON
internal import System

/// Teams, whose keys share limits and models, for administrators. Lives on its worker's loop.
package final class TeamEndpoints: RouteCollection {
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
        "/api/v1/admin/teams",
        .get(.credential([.adminRead, .admin]), .listTeams, failures: [401, 422], Handler(listTeams))),
      Route(
        "/api/v1/admin/teams/{name}",
        .get(.credential([.adminRead, .admin]), .showTeam, failures: [401, 404], Handler(showTeam)),
        .put(
          .credential(.admin), .putTeam, failures: [401, 409, 413, 415, 422],
          bodyTask(readTeam, putTeam)),
        .delete(.credential(.admin), .deleteTeam, failures: [401, 404, 409], task(deleteTeam))),
    ].map(\.forHolders)
  }

  /// `GET /api/v1/admin/teams`.
  private func listTeams(_ request: GatewayRequest) throws(RequestFailure) {
    let parameters = QueryParameters(request.exchange.request.query)
    let skip = try parameters.integer("skip") ?? 0
    let limit = try parameters.integer("limit", in: 1...500) ?? 50
    let directory = administration.directory
    let (teams, counts) = (directory.allTeams, TeamReport.counts(of: directory))
    let page = teams.dropFirst(skip).prefix(limit)
    request.respond { writer in
      writer.object { writer in
        writer.key("teams")
        writer.array { writer in
          for team in page { TeamReport.encode(team, keys: counts[team.name] ?? 0, into: &writer) }
        }
        writer.member("total", teams.count)
        writer.member("skip", skip)
        writer.member("limit", limit)
        writer.member("has_more", !page.isEmpty && skip < teams.count - page.count)
      }
    }
  }

  /// `GET /api/v1/admin/teams/{name}`.
  private func showTeam(_ request: GatewayRequest) throws(RequestFailure) {
    guard let team = TeamName(request.parameter).flatMap(administration.directory.team) else {
      throw .unknownTeam
    }
    respond(request, team)
  }

  private func readTeam(
    _ request: GatewayRequest, _ body: JSONValue
  ) throws(RequestFailure) -> (name: TeamName, body: TeamBody) {
    guard let name = TeamName(request.parameter) else {
      throw RequestFailure(
        422, "The name of a team takes 1-128 visible characters of ASCII.", field: "name")
    }
    return (name, try TeamBody(body, of: name))
  }

  /// `PUT /api/v1/admin/teams/{name}`.
  private func putTeam(
    _ request: GatewayRequest, _ body: ReadBody<(name: TeamName, body: TeamBody)>
  ) async throws(RequestFailure) {
    let (team, isNew) = try await administration.put(body.value.name, body.value.body, by: request)
    respond(request, team, isNew ? 201 : 200)
  }

  /// `DELETE /api/v1/admin/teams/{name}`.
  private func deleteTeam(_ request: GatewayRequest) async throws(RequestFailure) {
    guard let name = TeamName(request.parameter), administration.directory.team(name) != nil else {
      throw .unknownTeam
    }
    try await administration.delete(name, by: request)
    request.respond(ServerResponse(status: 204))
  }

  private func respond(_ request: GatewayRequest, _ team: TeamRecord, _ status: Int = 200) {
    let keys = TeamReport.counts(of: administration.directory)[team.name] ?? 0
    request.respond(status) { TeamReport.encode(team, keys: keys, into: &$0) }
  }
}

extension RequestFailure {
  /// There is no such team.
  static let unknownTeam = RequestFailure(404, "There is no such team.", field: "team")
}
