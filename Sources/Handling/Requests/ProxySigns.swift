internal import Access
package import HTTPFields
internal import System

/// The fields that show that a request has passed a proxy, whoever that is: a program on this machine that speaks for itself
/// sends none of them.
package enum ProxySigns {
  /// Beside all names that begin with `X-Forwarded`: what is registered, and what proxies and content delivery networks send.
  private static let names = FieldNameSet(
    addressNames + [
      "via", "forwarded", "cf-ray", "cdn-loop", "x-original-forwarded-for", "x-original-host",
      "x-arr-log-id", "x-amzn-trace-id", "x-envoy-external-address", "x-proxyuser-ip", "x-host",
    ])

  /// Those that hold one address, the client's.
  private static let addressNames: [StaticString] = [
    "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6",
    "x-cluster-client-ip", "fastly-client-ip", "fly-client-ip", "x-azure-clientip", "x-appengine-user-ip",
    "x-remote-ip", "x-remote-addr", "x-originating-ip", "client-ip",
  ]
  private static let addressFields = FieldNameSet(addressNames)

  /// Whether one of them is there.
  package static func arePresent(in fields: FieldSection) -> Bool {
    var arePresent = false
    fields.withEachField { field in
      if field.hasNamePrefix("x-forwarded") || names.contains(field) { arePresent = true }
    }
    return arePresent
  }

  /// Whether each of them that names a client, but for `X-Forwarded-For`, names one on this machine. A trusted proxy may have
  /// passed on what its own client has sent: what contradicts its word shows that the client is not the first of the way.
  package static func nameThisMachineOnly(in fields: FieldSection) -> Bool {
    var isLocal = true
    fields.withEachField { field in
      if addressFields.contains(field) {
        isLocal = isLocal && isLoopback(String(decoding: field.value, as: UTF8.self))
      } else if field.isNamed("forwarded") {
        isLocal = isLocal && ForwardedField.namesLoopbackOnly(String(decoding: field.value, as: UTF8.self))
      }
    }
    return isLocal
  }

  /// Whether it is a loopback address, with a port or without.
  private static func isLoopback(_ text: String) -> Bool {
    if let address = IPAddress(text) { return address.isLoopback }
    guard case .address(let address)? = Authority(text)?.host else { return false }
    return address.isLoopback
  }
}
