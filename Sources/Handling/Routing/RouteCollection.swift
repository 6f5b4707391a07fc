package import EventLoop
internal import HTTPServer

/// The routes of one feature, and the methods that serve them: a worker has one of each, made from its context. Lives on its
/// worker's loop.
package protocol RouteCollection: AnyObject {
  /// Of the worker whose requests it serves.
  var context: WorkerContext { get }
  /// In the order in which people read them.
  var routes: [Route] { get }
  /// Of paths that have no route of their own.
  var folders: [Folder] { get }

  /// The context has other settings.
  func settingsDidChange()
  /// The worker ends.
  func close()
}

extension RouteCollection {
  /// None.
  package var folders: [Folder] { [] }

  /// Does nothing: settings are read from the context when they are needed.
  package func settingsDidChange() {}

  /// Does nothing.
  package func close() {}

  /// A handler that awaits: it runs as a task on the loop, which is cancelled if nobody waits for its response any more.
  ///
  /// - Parameter work: a method, or a closure without a capture list: see ``EventLoop/startTask(_:)``.
  package func task(
    traits: Handler.Traits = [],
    _ work: @escaping (GatewayRequest) async throws(RequestFailure) -> Void
  ) -> Handler {
    let loop = context.loop
    return Handler(traits: traits) { $0.perform(on: loop, work) }
  }
}

extension GatewayRequest {
  /// Serves it by a task on its loop, which is cancelled if nobody waits for its response any more.
  package func perform(
    on loop: EventLoop, _ work: @escaping (GatewayRequest) async throws(RequestFailure) -> Void
  ) {
    let task = loop.startTask {
      do throws(RequestFailure) {
        try await work(self)
      } catch {
        self.fail(error)
      }
    }
    exchange.onClientLeft = { task.cancel() }
  }
}
