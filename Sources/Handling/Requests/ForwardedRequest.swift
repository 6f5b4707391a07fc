package import Access
internal import Bytes
internal import HTTPFields
package import HTTPServer

/// What a trusted proxy says of a request that it passes on: its `X-Forwarded-*` fields.
package final class ForwardedRequest {
  /// `X-Forwarded-For`.
  package let way: ForwardedFor
  /// `X-Forwarded-Proto`: whether the client's own connection is encrypted.
  package let isSecure: Bool
  /// `X-Forwarded-Host`, not yet checked: what the client has sent as `Host`.
  package let host: String?

  /// Nil when the request does not come from a trusted proxy: then nobody reads its fields.
  package static func read(
    _ exchange: ServerExchange, of peer: ConnectionPeer, trusting proxies: TrustedProxies
  ) -> ForwardedRequest? {
    // Not by a failable initializer, which would allocate the object first.
    peer.isTrustedProxy ? ForwardedRequest(exchange, proxies) : nil
  }

  private init(_ exchange: ServerExchange, _ proxies: TrustedProxies) {
    // A proxy that adds a field of its own to the client's makes one list of them (RFC 9110 section 5.3).
    var list: [UInt8] = []
    var hasList = false
    var isSecure = false
    var host: String?
    exchange.request.fields.withEachField { field in
      guard field.hasNamePrefix("x-forwarded-") else { return }
      if field.isNamed("x-forwarded-for") {
        if hasList { list.append(UInt8(ascii: ",")) }
        list.append(contentsOf: field.value)
        hasList = true
      } else if field.isNamed("x-forwarded-proto") {
        isSecure = ForwardedRequest.last(of: field.value).isFieldName("https")
      } else if field.isNamed("x-forwarded-host") {
        let last = ForwardedRequest.last(of: field.value)
        host = last.isEmpty ? nil : last
      }
    }
    way = hasList ? ForwardedFor(list.span, trusting: proxies) : ForwardedFor()
    self.isSecure = isSecure
    self.host = host
  }

  /// The last element of a list: what the nearest proxy, the one that is trusted, has put there.
  private static func last(of list: UnsafeRawBufferPointer) -> String {
    let element = list.lastIndex(of: UInt8(ascii: ",")).map { list[($0 + 1)...] } ?? list[...]
    return String(decoding: element.withoutBlanks, as: UTF8.self)
  }
}
