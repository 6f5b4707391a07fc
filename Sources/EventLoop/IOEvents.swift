internal import CLinux

/// What a descriptor is watched for, and what it was found ready for (epoll_ctl(2)).
public struct IOEvents: OptionSet, Sendable {
  /// The bits as epoll has them.
  public let rawValue: UInt32

  /// - Parameter rawValue: the bits as epoll has them.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// There is something to read, or the other side has ended.
  public static let readable = IOEvents(rawValue: clinux_EPOLLIN)
  /// There is room to write.
  public static let writable = IOEvents(rawValue: clinux_EPOLLOUT)
  /// The peer has closed its writing half.
  public static let peerClosed = IOEvents(rawValue: clinux_EPOLLRDHUP)
  /// Both halves are closed. Reported always, watched for or not.
  public static let hangUp = IOEvents(rawValue: clinux_EPOLLHUP)
  /// The descriptor has an error pending. Reported always, watched for or not.
  public static let error = IOEvents(rawValue: clinux_EPOLLERR)
  /// Report a change once, not as long as it lasts.
  public static let edgeTriggered = IOEvents(rawValue: clinux_EPOLLET)
  /// Wake one of the loops that watch the same descriptor, not all.
  public static let exclusive = IOEvents(rawValue: clinux_EPOLLEXCLUSIVE)
}
