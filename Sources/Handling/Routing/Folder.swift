/// A folder of Ollama's in which paths without a route of their own are served as well: newer Ollamas have more paths than
/// the routes. Lives on its worker's loop.
package final class Folder {
  /// With a slash at both ends.
  package let prefix: String
  /// What serves a decoded path and a method of it.
  package let handler: (_ path: String, _ method: String) -> Handler
  /// As ``Route/number``: all of a folder's paths have one.
  package var number = RouteNumbers.unknown

  /// What is passed on; the gateway itself responds to OPTIONS.
  package static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  /// - Parameters: see the properties.
  package init(_ prefix: String, handler: @escaping (_ path: String, _ method: String) -> Handler) {
    self.prefix = prefix
    self.handler = handler
  }

  /// What logs and metrics call it.
  package var pattern: String { prefix + "*" }
}
