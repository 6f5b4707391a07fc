package import HTTPClient

/// A small response, whole.
package struct UpstreamResponse: Sendable {
  package let head: ResponseHead
  package let content: [UInt8]
}
