internal import Handling

// What the API's document says of the paths of teams.
extension Operation {
  static let listTeams = Operation(
    "listTeams", .access, "List the teams", parameters: [.skip, .limit],
    .ok("A part of the list, by their names.", .json("TeamList", "teams.list")))

  static let showTeam = Operation(
    "showTeam", .access, "Show a team", parameters: [.teamName], .ok("The team.", .json("Team", "teams.one")))

  static let putTeam = Operation(
    "putTeam", .access, "Make or change a team",
    details:
      "All that is to be said of it: what the body does not name is not limited. What was used counts on.",
    parameters: [.teamName], body: [.json("NewTeam", "teams.new")],
    .ok("The team as it is now.", .json("Team", "teams.one")),
    Response(status: 201, summary: "It is there.", content: [.json("Team", "teams.one")]))

  static let deleteTeam = Operation(
    "deleteTeam", .access, "Delete a team", details: "409 while keys are of it.", parameters: [.teamName],
    .empty(204, "It is gone."))
}

extension Operation.Parameter {
  fileprivate static let teamName = path(
    "name", .named("AccountName"), "The team's name.", example: "research")
}
