/// Where something is in a table, as long as it is there: a place that has gone to another has another generation.
struct TablePlace: Hashable, Sendable {
  let index: Int
  let generation: UInt32
}
