/// The memory that the collected bodies of one server's requests may take together.
///
/// Each body has a limit of its own; this one keeps many clients that each stay under it from taking all.
struct BodyMemory {
  /// Bytes.
  let limit: Int
  private(set) var used = 0

  init(limit: Int) { self.limit = limit }

  /// - Returns: false if there is not so much left.
  mutating func take(_ count: Int) -> Bool {
    guard used + count <= limit else { return false }
    used += count
    return true
  }

  mutating func giveBack(_ count: Int) {
    used -= count
    precondition(used >= 0, "more given back than taken")
  }
}
