import Access
import ArgumentParser
import ChatClient

/// Which usage is meant: the flags of `usage` and of its log.
struct UsageFilter: ParsableArguments {
  @Option(help: ArgumentHelp("A time or a date, in UTC; 30 days before --to.", valueName: "2026-11-01"))
  var from: String?
  @Option(help: ArgumentHelp("A time or a date, which is out of it; now.", valueName: "2026-12-01")) var to:
    String?
  @Option(help: ArgumentHelp("What was used with this key alone.", valueName: "KEY")) var key: String?
  @Option(help: ArgumentHelp("By this team alone.", valueName: "TEAM")) var team: String?
  @Option(help: ArgumentHelp("By this user alone.", valueName: "USER")) var user: String?
  @Option(help: ArgumentHelp("Of this model alone.", valueName: "MODEL")) var model: String?
  @Option(help: "A table for people, objects of JSON, one a line, or CSV.") var format = UsageFormat.table
}

/// How usage is printed.
enum UsageFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json, csv
}
