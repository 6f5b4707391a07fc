/// Subscribers to be woken once the log's lock is free. The usual one takes no memory.
struct Wakes: Sendable {
  private var first: Subscriber?
  private var others: [Subscriber] = []

  mutating func add(_ subscriber: Subscriber) {
    if first == nil { first = subscriber } else { others.append(subscriber) }
  }

  func fire() {
    first?.fire()
    for other in others { other.fire() }
  }
}
