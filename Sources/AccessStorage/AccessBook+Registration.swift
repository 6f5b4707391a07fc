package import Access

// Users who make themselves, and leave places for those whom somebody knows.
extension AccessBook {
  /// The most who have registered and were not seen again from the next day on.
  package static let newcomerLimit = limit / 10
  /// The most who have registered, and whose address nobody else has found to be theirs.
  package static let unconfirmedLimit = limit / 2

  /// Whether there is room for one more who makes himself. Looks through all users.
  package var hasRoomForNewcomer: Bool { AccessBook.hasRoom(beside: storedUsers) }

  /// The same by a list of users.
  package static func hasRoom(
    beside users: some Sequence<UserRecord>, newcomers: Int = newcomerLimit,
    unconfirmed: Int = unconfirmedLimit
  ) -> Bool {
    var (new, all) = (0, 0)
    for user in users where user.isUnconfirmed {
      all += 1
      if !user.hasComeBack { new += 1 }
    }
    return new < newcomers && all < unconfirmed
  }
}
