import Access
import CSQLite
import GatewayTesting
import Sessions
import Testing

@testable import SQLiteStore

/// What a query costs is known from its plan: the library says it for each.
@Suite struct QueryPlanTests {
  private func plan(of query: Query) throws -> [String] {
    let folder = TemporaryFolder()
    let path = folder.path + "/gateway.db"
    let store = try SQLiteStore.open(path: path)
    defer { store.close() }
    let connection = try SQLiteConnection(path, for: .reading, durability: .full)
    return try connection.texts("EXPLAIN QUERY PLAN \(query.sql)", column: 3)
  }

  @Test(arguments: Query.allCases)
  func noQuerySortsOrReadsATable(_ query: Query) throws {
    // Pragmas have no plan.
    if [.dataVersion, .pageCount, .freePageCount].contains(query) { return }
    for step in try plan(of: query) {
      // Sums of whatever is asked for have no index in whose order they could be.
      #expect(!step.contains("TEMP B-TREE") || query == .usage, "\(query): \(step)")
      // A part of an index that has what is asked for, in its order, is read from its beginning.
      // What is put is no table: one row of parameters.
      let isRead =
        step.hasPrefix("SCAN") && step != "SCAN CONSTANT ROW" && query != .runningGenerations
      #expect(!isRead, "\(query): \(step)")
    }
  }

  /// What is skipped is not looked up in the table.
  @Test(arguments: [Query.keysOfOwner, .keysOfOwnerFromTheEnd])
  func listsAreSkippedInTheIndex(_ query: Query) throws {
    #expect(try plan(of: query) == ["SEARCH sessions USING COVERING INDEX sessions_of_owners (owner=?)"])
  }

  @Test func theListOfAllIsSkippedInTheIndex() throws {
    #expect(
      try plan(of: .keysOfAll) == ["SEARCH sessions USING COVERING INDEX sessions_by_use (updated_at>?)"])
  }

  @Test func theIndexOfAddressesIsUsed() throws {
    // The schema has the names' beginning in its own words.
    #expect(Principal.ID.storedAddressPrefix == "address:")
    let steps = try plan(of: .sessionsOfAddresses)
    #expect(steps.count == 1 && steps[0].contains("sessions_of_addresses"), "\(steps)")
  }

  @Test func generationsThatRunAreFoundAmongThemselves() throws {
    #expect(try plan(of: .runningGenerations) == ["SCAN generations USING INDEX generations_running"])
  }
}
