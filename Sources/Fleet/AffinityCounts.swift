/// Requests that a server got, by what became of the wish to stay where their prompt is.
package struct AffinityCounts: Sendable, Equatable {
  private var counts = Array(repeating: 0, count: FleetAffinity.allCases.count)

  package init() {}

  package subscript(affinity: FleetAffinity) -> Int { counts[affinity.rawValue] }

  mutating func count(_ affinity: FleetAffinity) { counts[affinity.rawValue] &+= 1 }
}
