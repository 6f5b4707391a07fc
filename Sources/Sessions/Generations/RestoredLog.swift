/// How much of a generation a log has that was made from what a store has kept.
enum RestoredLog: Equatable {
  /// Its process ended before it did. It has the texts that were kept, and its listeners may have seen more.
  case interrupted
  /// It had ended, with so many texts. Where each of them ended is not known any more: who comes back is told the end, which has all of
  /// them, and who comes for the first time all of them before it, in fewer pieces.
  case ended(lastNumber: Int)
}
