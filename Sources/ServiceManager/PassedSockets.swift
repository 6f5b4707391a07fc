/// The listening sockets that the service manager has opened for this process: sd_listen_fds_with_names(3).
public struct PassedSockets: Sendable, Equatable {
  /// One socket and the name that the .socket unit gave it.
  public struct Socket: Sendable, Equatable {
    /// Its descriptor.
    public let descriptor: Int32
    /// `FileDescriptorName=`; "unknown" where the manager says none.
    public let name: String
  }

  /// In the order of the unit.
  public let sockets: [Socket]

  /// The first descriptor that is passed: `SD_LISTEN_FDS_START`.
  static let first: Int32 = 3
  /// The most that are taken.
  static let most = 1024

  /// What the environment says; none where it says nothing, or speaks of another process.
  ///
  /// - Parameter process: this process's id.
  public init(environment: [String: String], process: Int32) {
    guard let owner = environment["LISTEN_PID"], Int32(owner) == process,
      let text = environment["LISTEN_FDS"], let count = Int(text), (1...PassedSockets.most).contains(count)
    else {
      sockets = []
      return
    }
    let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
    sockets = (0..<count).map { index in
      let name = names.count == count ? String(names[index]) : ""
      return Socket(descriptor: PassedSockets.first + Int32(index), name: name.isEmpty ? "unknown" : name)
    }
  }
}
