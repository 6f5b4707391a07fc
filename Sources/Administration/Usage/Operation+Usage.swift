internal import Handling

// What the API's document says of the paths of accounts and limits.
extension Operation {
  static let showUsage = Operation(
    "showUsage", .access, "Add up what was used",
    details: """
      Whole hours in UTC, in the order of time, key, team, user, model. What was used in the last second may be missing. As JSON, or \
      with `format=csv` or `Accept: text/csv` as a table (RFC 4180); `Link` leads to what follows.
      """,
    parameters: [
      .query("from", .text, "A time (RFC 3339) or a date; 30 days before `to`."),
      .query("to", .text, "A time or a date, which is out of it; now."),
      .query(
        "group_by", .pattern("^(none|(key|team|user|model|day|hour)(,(key|team|user|model|day|hour))*)?$"),
        "What sums are told apart by, with commas between; `key`."),
      .query("key", .text, "What was used with this key alone, by its public part."),
      .query("team", .text, "By this team alone."), .query("user", .text, "By this user alone."),
      .query("model", .text, "Of this model alone."),
      .query("format", .pattern("^(json|csv)$"), "The form of the response."),
      .query("skip", .integer(in: 0...QueryParameters.largestNumber, standard: 0), "How many to leave out."),
      .query("limit", .integer(in: 1...1000, standard: 1000), "How many to give at most."),
    ],
    .ok(
      "The sums.", .json("UsageReport", "usage.report"), .text("text/csv")))

  static let showUsageLog = Operation(
    "showUsageLog", .access, "List the requests that were counted",
    details: """
      Where `usage_log` is on: one by one, the last first, of the last 30 days. Nothing of what was said is in it. As JSON, or with \
      `format=csv` or `Accept: text/csv` as a table (RFC 4180); `Link` leads to what follows.
      """,
    parameters: [
      .query("from", .text, "A time (RFC 3339) or a date; 30 days before `to`."),
      .query("to", .text, "A time or a date, which is out of it; now."),
      .query("key", .text, "Those with this key alone, by its public part."),
      .query("team", .text, "Of this team alone."), .query("user", .text, "Of this user alone."),
      .query("model", .text, "Of this model alone."),
      .query("format", .pattern("^(json|csv)$"), "The form of the response."),
      .query("skip", .integer(in: 0...QueryParameters.largestNumber, standard: 0), "How many to leave out."),
      .query("limit", .integer(in: 1...1000, standard: 1000), "How many to give at most."),
    ],
    .ok(
      "The requests.", .json("UsageLog", "usage.log"), .text("text/csv")))

  static let showLimits = Operation(
    "showLimits", .access, "Show what is left of limits",
    parameters: [
      .query("key", .text, "Of this key, by its public part, and of its user and team."),
      .query(
        "user", .text,
        "Of this user and his team; with `key` of one for whom that may ask: its limits hold for each apart."),
      .query("team", .text, "Of this team."),
    ],
    .ok("What is left now.", .json("LimitReport", "limits.report")))
}
