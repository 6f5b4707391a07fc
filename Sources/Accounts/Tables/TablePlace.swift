/// Where something is in a table, as long as it is there: a place that has gone to another has another generation.
struct TablePlace: Hashable, Sendable {
  let index: Int
  let generation: UInt32
}

extension TablePlace {
  /// A place as it was before, or none that there is.
  init(bits: UInt64) {
    index = Int(bits >> 32)
    generation = UInt32(truncatingIfNeeded: bits)
  }

  var bits: UInt64 { UInt64(truncatingIfNeeded: index) << 32 | UInt64(generation) }
}
