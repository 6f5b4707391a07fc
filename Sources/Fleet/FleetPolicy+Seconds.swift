extension FleetPolicy {
  /// What each request needs of the policy, as numbers: durations are slow to compute with.
  struct Seconds: Sendable {
    let tellAfter: Double
    let spillAfter: Double
    let equalWithin: Double
    let halfOpenPenalty: Double
    let swapPatience: Double
    let bandPatience: Double
    let shortWork: Double
    let sideBySide: Double
    let conversationLife: Double
    let noWait: Double
    let overtaking: Double
    let someWait: Double
    let slotProbeInterval: Double
    let foreignTraffic: Double
    /// See ``FleetPolicy/smoothing``.
    let smoothing: Double
    /// See ``FleetPolicy/slotLimit``.
    let slotLimit: Int
    /// See ``FleetPolicy/soleServerStart``.
    let soleServerStart: Int

    init(_ policy: FleetPolicy) {
      tellAfter = policy.tellAfter.inSeconds
      spillAfter = policy.spillAfter.inSeconds
      equalWithin = policy.equalWithin.inSeconds
      halfOpenPenalty = policy.halfOpenPenalty.inSeconds
      bandPatience = policy.bandPatience.inSeconds
      swapPatience = policy.swapPatience.inSeconds
      shortWork = policy.shortWork.inSeconds
      sideBySide = policy.sideBySide.inSeconds
      conversationLife = policy.conversationLife.inSeconds
      noWait = policy.noWait.inSeconds
      overtaking = policy.overtaking.inSeconds
      someWait = policy.someWait.inSeconds
      slotProbeInterval = policy.slotProbeInterval.inSeconds
      foreignTraffic = policy.foreignTraffic.inSeconds
      smoothing = policy.smoothing
      slotLimit = policy.slotLimit
      soleServerStart = policy.soleServerStart
    }
  }
}
