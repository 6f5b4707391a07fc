import Sessions
import Testing

/// A store that a test fills, leaves and comes back to.
protocol StoreUnderTest: AnyObject {
  /// The store, opened as the gateway opens it.
  var store: any CopyableStore { get }
  /// Closes the store and opens it anew, as the next process does. Writers and readers are gone before.
  func reopen() throws
  /// The same store, opened beside the gateway as a subcommand opens it.
  func openBeside() throws -> any SessionStore
  /// Ends the connections of writers and readers from outside. Does nothing where there are none that may end.
  func breakConnections() throws
  /// How many rows each table has.
  func rowCounts() throws -> [String: Int]
}

/// A kind of store that the contract is tested with.
struct TestedStore: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Makes an empty one.
  let make: @Sendable () throws -> any StoreUnderTest

  init(_ name: String, _ make: @escaping @Sendable () throws -> any StoreUnderTest) {
    testDescription = name
    self.make = make
  }

  /// Each kind has a line here.
  static let all: [TestedStore] = [
    TestedStore("SQLite") { try SQLiteUnderTest() },
    TestedStore("PostgreSQL") { try PostgreSQLUnderTest() },
  ]
}
