internal import Access
package import Handling
internal import HTTPFields
internal import HTTPServer

/// From where somebody signs in, and how.
package struct SignInPlace: Sendable {
  /// The network that the request is believed to come from.
  let network: LoginNetwork
  /// By what its browser is known from before: the cookies that it shows for that.
  let devices: [UserCookie]
  /// Whether it is a program of the gateway's own machine.
  let isOnThisMachine: Bool
  /// Whether it came by TLS.
  let isSecure: Bool
  /// Which cookies a browser gets and shows here.
  let form: UserCookie.Form
  /// The gateway's base path, `/` at the root.
  let path: String

  /// - Parameters: see the properties.
  init(
    network: LoginNetwork, devices: [UserCookie] = [], isOnThisMachine: Bool = false, isSecure: Bool = true,
    path: String = "/"
  ) {
    self.network = network
    self.devices = devices
    self.isOnThisMachine = isOnThisMachine
    self.isSecure = isSecure
    self.path = path
    form = UserCookie.Form(isSecure: isSecure, path: path)
  }

  /// - Parameter basePath: `/` at the root.
  package init(_ request: GatewayRequest, basePath: String) {
    let place = request.callerPlace
    network = LoginNetwork(place.address)
    isOnThisMachine = place.isOnThisMachine
    isSecure = request.forwarded?.isSecure == true
    path = basePath
    form = UserCookie.Form(isSecure: isSecure, path: basePath)
    devices = UserCookie.read(.device, form, in: request.exchange.request.fields)
  }

  /// Why a browser is not signed in here; nil where it is. Without TLS everybody on the way reads the password, and the cookie.
  var refusal: String? {
    isSecure || isOnThisMachine
      ? nil
      : "Signing in takes HTTPS: over plain HTTP everybody on the way could read the password. Ask whoever runs this gateway for its "
        + "https:// address, or use a key."
  }

  /// A browser, as a user's record has it.
  static func text(of device: UserCookie) -> String { "browser:\(device.digest.hexadecimal)" }

  /// For so long a user's record remembers from where he has signed in.
  static let memory = Duration.seconds(30 * 86_400)
}
