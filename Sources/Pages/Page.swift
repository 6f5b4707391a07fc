/// What people look at in a browser.
public enum Page: String, CaseIterable, Sendable {
  case chat
  case status
  /// The reference of the API.
  case docs

  /// Where it is served.
  public var path: String {
    switch self {
    case .chat: "/"
    case .status: "/status"
    case .docs: "/docs"
    }
  }

  public var file: PageFile {
    guard let file = PageFiles.all["\(rawValue).html"] else {
      preconditionFailure("\(rawValue).html is not embedded")
    }
    return file
  }
}
