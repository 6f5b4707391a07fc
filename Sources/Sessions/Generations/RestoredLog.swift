/// How much of a generation a log has that was made from what a store has kept.
enum RestoredLog: Equatable {
  /// Its process ended before it did. It has the texts that were kept, and its listeners may have seen more.
  case interrupted
  /// It had ended, with so many texts. They are one now: who comes back is told the end, which has all of them.
  case ended(lastNumber: Int)
}
