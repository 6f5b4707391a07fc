package import Access
package import Handling
package import JSON
internal import Limits

/// The body of `PUT /api/v1/admin/teams/{name}`: all that there is to say of a team.
package struct TeamBody: Sendable {
  private var limits = LimitSet.none
  private var models: ModelRules?

  private static let fields = ["name", "limits", "models", "created_at"]

  /// - Parameter name: that of the path.
  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue, of name: TeamName) throws(RequestFailure) {
    guard body.kind == .object else { throw .noObject(body.kind) }
    guard body.count <= 16 else {
      throw RequestFailure(422, "The body takes at most 16 fields, and got \(body.count).")
    }
    var seen: [String] = []
    try body.forEachMember { (member, value) throws(RequestFailure) in
      guard let field = TeamBody.fields.first(where: { $0.utf8.elementsEqual(member) }) else {
        throw .unknown(member, TeamBody.fields)
      }
      guard !seen.contains(field) else {
        throw RequestFailure(422, "“\(field)” stands there twice.", field: field)
      }
      seen.append(field)
    }
    // What was read may be sent back: the name is the path's, and the time stays.
    if let text = body.present("name"), text.string?.utf8.elementsEqual(name.text.utf8) != true {
      throw RequestFailure(422, "“name” takes the name of the path, or nothing.", field: "name")
    }
    do throws(RecordError) {
      if let value = body["limits"] {
        for step in try LimitStep.steps(value) { step.apply(to: &limits) }
      }
      if let value = body["models"] { models = try ModelRules(member: value) }
    } catch {
      throw RequestFailure(error)
    }
  }

  /// The team as it is from now on.
  package func apply(to team: inout TeamRecord) {
    team.limits = limits
    team.models = models
  }
}
