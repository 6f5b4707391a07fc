internal import Handling
internal import Sessions

/// Responds to a request of the chat API: at first it waits for its turn, then it listens to a generation.
protocol ChatResponder: AnyObject {
  /// The turn has come: the response follows the generation from the event after `number` on.
  func attach(_ generation: Generation, after number: Int)
  /// There will be no generation.
  func fail(_ failure: RequestFailure)
  /// The client is not there any more.
  func clientLeft()
}
