extension FleetPolicy {
  /// What each request needs, as numbers.
  struct Seconds: Sendable {
    let spillAfter: Double
    let equalWithin: Double
    let halfOpenPenalty: Double
    let swapPatience: Double
    let shortWork: Double
    let sideBySide: Double
    let conversationLife: Double

    init(_ policy: FleetPolicy) {
      spillAfter = policy.spillAfter.inSeconds
      equalWithin = policy.equalWithin.inSeconds
      halfOpenPenalty = policy.halfOpenPenalty.inSeconds
      swapPatience = policy.swapPatience.inSeconds
      shortWork = policy.shortWork.inSeconds
      sideBySide = policy.sideBySide.inSeconds
      conversationLife = policy.conversationLife.inSeconds
    }
  }
}
