/// The number of a server behind the gateway: the same over reloads while its name and URL are, and never given again to another.
package struct FleetServerID: Hashable, Sendable, CustomStringConvertible {
  package let number: Int

  package init(_ number: Int) { self.number = number }

  package var description: String { "\(number)" }
}
