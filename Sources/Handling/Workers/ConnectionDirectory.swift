package import Access

/// The open connections of all workers: for the list of them, for figures, and for broadcasts. Safe from any thread; asked
/// when a connection opens, closes, or begins or ends to follow a generation.
package protocol ConnectionDirectory: Sendable {
  /// Enters a connection.
  ///
  /// - Returns: the number by which it is known here.
  func add(_ connection: OpenConnection) -> Int

  /// Says that a connection is over.
  func remove(_ number: Int)

  /// Says what a connection does now.
  func set(_ number: Int, _ state: OpenConnection.State)

  /// How many are open.
  var count: Int { get }

  /// How many do what.
  var counts: [OpenConnection.State: Int] { get }

  /// Those that a principal may see, in the order of their opening.
  func connections(for principal: Principal) -> [OpenConnection]

  /// Sends a text to all connections that a principal may address.
  ///
  /// - Returns: to how many.
  func broadcast(_ text: String, from principal: Principal) -> Int
}
