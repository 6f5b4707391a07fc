/// What serves a request, and what has to be known of it before it begins. One that awaits is made by
/// ``RouteCollection/task(_:)``. Lives on its worker's loop.
package struct Handler {
  /// What tells how a request is to be served.
  package struct Traits: OptionSet {
    /// A bit for each.
    package let rawValue: Int

    /// - Parameter rawValue: a bit for each.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The response may be long, or it starts what is: it waits where there is no memory for that.
    package static let makesContent = Traits(rawValue: 1)
    /// A model works for the response, or Ollama may take as long as it likes: for a client that has left, perhaps, nobody
    /// waits, as Ollama does not.
    package static let hasNoTimeLimit = Traits(rawValue: 2)
    /// Its requests may be packed with Zstandard. Others are taken as they are.
    package static let takesZstandard = Traits(rawValue: 4)
  }

  /// What the ``RequestDispatcher`` asks before it calls ``handle``.
  package let traits: Traits
  /// Responds, or says what becomes of the request's body, before it returns; or starts a task that does.
  package let handle: (GatewayRequest) throws(RequestFailure) -> Void

  /// - Parameter handle: see ``handle``. What it throws is the response.
  package init(
    traits: Traits = [], _ handle: @escaping (GatewayRequest) throws(RequestFailure) -> Void
  ) {
    self.traits = traits
    self.handle = handle
  }
}
