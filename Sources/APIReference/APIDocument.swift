internal import Handling
internal import Configuration

/// What programs read about the gateway's API.
enum APIDocument: Sendable {
  case openAPI
  case asyncAPI

  var fileName: String {
    switch self {
    case .openAPI: "openapi.json"
    case .asyncAPI: "asyncapi.json"
    }
  }

  /// As JSON, of these routes, for a gateway that serves everything under `basePath`.
  func write(_ routes: [Route], basePath: BasePath) -> [UInt8] {
    switch self {
    case .openAPI: OpenAPIDocument.write(routes, basePath: basePath)
    case .asyncAPI: AsyncAPIDocument.write(routes, basePath: basePath)
    }
  }
}
