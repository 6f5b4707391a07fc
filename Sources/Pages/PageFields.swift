internal import Handling
internal import HTTPFields

/// The header fields by which browsers bound what a page may do.
enum PageFields {
  /// Of pages beside these.
  static let ofPages: [HTTPField] = [
    ("Content-Security-Policy", contentSecurityPolicy.joined(separator: "; ")),
    ("Permissions-Policy", deniedFeatures.map { "\($0)=()" }.joined(separator: ", ")),
    // For browsers that do not know `frame-ancestors`.
    ("X-Frame-Options", "DENY"),
  ]

  /// Nothing but the gateway's own files and routes. Trusted types make the browser refuse text that is to become HTML.
  private static let contentSecurityPolicy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Images that are about to be sent, and nothing else, are blobs.
    "img-src 'self' blob:",
    // WebSockets too, in each browser since 2022.
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]

  private static let deniedFeatures = [
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "usb",
  ]
}
