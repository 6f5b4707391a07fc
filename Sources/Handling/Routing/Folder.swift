/// A folder of Ollama's in which paths without a route of their own are served as well: newer Ollamas have more paths than
/// the routes. Lives on its worker's loop.
package final class Folder {
  /// With a slash at both ends.
  package let prefix: String
  /// What serves a decoded path and a method of it, and who may come to that.
  package let serve: (_ path: String, _ method: String) -> (rule: RouteRule, handler: Handler)
  /// As ``Route/number``: all of a folder's paths have one.
  package var number = RouteNumbers.unknown

  /// What is passed on; the gateway itself responds to OPTIONS.
  package static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

  /// - Parameters: see the properties.
  package init(
    _ prefix: String,
    serve: @escaping (_ path: String, _ method: String) -> (rule: RouteRule, handler: Handler)
  ) {
    self.prefix = prefix
    self.serve = serve
  }

  /// What logs and metrics call it.
  package var pattern: String { prefix + "*" }
}
