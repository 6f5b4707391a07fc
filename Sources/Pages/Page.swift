package import Handling

/// What people look at in a browser.
package enum Page: String, CaseIterable, Sendable {
  case chat
  case status
  /// The reference of the API.
  case docs

  /// Where it is served.
  package var path: String {
    switch self {
    case .chat: "/"
    case .status: "/status"
    case .docs: "/docs"
    }
  }

  /// Its document.
  package var file: StaticFile {
    guard let file = PageFiles.all["\(rawValue).html"] else {
      preconditionFailure("\(rawValue).html is not embedded")
    }
    return file
  }
}
