/// The time between a gateway's opening of the store and the next one's. Every write of a gateway carries its own.
struct Reign: Sendable {
  private let epoch: Int
  /// Chosen at random: a database that was put back to an earlier state, or a standby that had not got all, may give out a number
  /// twice.
  private let holder: [UInt8]

  /// Raises the epoch.
  init(beginning connection: Connection) throws(ServerError) {
    var generator = SystemRandomNumberGenerator()
    holder = (0..<16).map { _ in generator.next() }
    let results = try connection.run([
      .text("UPDATE store SET epoch = epoch + 1, holder = $1 RETURNING epoch", [Parameter(bytes: holder)])
    ])
    guard let epoch = results.first?.integer(0, 0) else {
      throw ServerError("XX000", "the table store has no row")
    }
    self.epoch = epoch
  }

  /// In a transaction: nobody else raises the epoch until its end. Fails as ``Refusal/taken`` where somebody has.
  static let hold = Statement(
    "hold",
    """
    WITH held AS (SELECT 1 FROM store WHERE only_row AND epoch = $1 AND holder = $2 FOR SHARE)
    SELECT refuse('\(Refusal.taken)', 'another epoch') WHERE NOT EXISTS (SELECT 1 FROM held)
    """)

  var hold: Command { .prepared(Reign.hold, [Parameter(epoch), Parameter(bytes: holder)]) }

  /// Whether it still is.
  ///
  /// - Throws: as ``Refusal/taken`` where it is not.
  func check(_ connection: Connection) throws(ServerError) {
    let results = try connection.run([
      .text(
        "SELECT 1 FROM store WHERE epoch = $1 AND holder = $2", [Parameter(epoch), Parameter(bytes: holder)])
    ])
    guard results.first?.rows == 1 else { throw ServerError(Refusal.taken, "another epoch") }
  }
}
