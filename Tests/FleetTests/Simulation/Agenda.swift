/// What happens when, in a simulation: a heap by time, first in first out among equals.
struct Agenda<Event> {
  private var entries: [(time: Double, number: Int, event: Event)] = []
  private var count = 0

  mutating func add(_ event: Event, at time: Double) {
    count += 1
    entries.append((time, count, event))
    var place = entries.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      entries.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  var firstTime: Double? { entries.first?.time }

  mutating func next() -> (time: Double, event: Event)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      var place = 0
      while true {
        var least = place
        for child in [2 * place + 1, 2 * place + 2] where child < entries.count && isBefore(child, least) {
          least = child
        }
        if least == place { break }
        entries.swapAt(place, least)
        place = least
      }
    }
    return (first.time, first.event)
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (entries[left].time, entries[left].number) < (entries[right].time, entries[right].number)
  }
}
