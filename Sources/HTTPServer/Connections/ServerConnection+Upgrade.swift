internal import CMicroHTTPD
internal import EventLoop

extension ServerConnection {
  /// Leaves HTTP: the socket is the exchange's handler's from now on.
  ///
  /// libmicrohttpd keeps all its memory for a connection, 16 KiB and more, until that is closed. So we go on with a
  /// descriptor of our own, and let it close the other one, which leaves the socket open: it neither shuts an upgraded
  /// connection down nor keeps it in its epoll set.
  ///
  /// - Parameters:
  ///   - handle: the library's for the upgraded connection.
  ///   - extra: bytes that came along with the request; valid until the library's next run.
  func upgrade(handle: OpaquePointer, extra: UnsafeRawBufferPointer) {
    watch?.cancel()
    watch = nil
    cmhd_close_upgraded(handle)
    daemon?.requestRun()
    // Its handler has been told already that the client left, and waits for no connection.
    guard !isTerminated, let exchange, exchange.state.phase == .sending else { return }
    guard let own = try? socket.duplicate() else {
      server.warn("a connection is not upgraded, as no descriptor is left")
      // The request ends as one whose client has left.
      return
    }
    deadline.time = nil
    timer?.cancel()
    timer = nil
    let upgraded = UpgradedConnection(self, socket: own)
    self.upgraded = upgraded
    exchange.hand(over: upgraded)
    upgraded.start(extra: extra)
  }

  /// The handler is done with the upgraded connection.
  func upgradedDidClose() {
    upgraded = nil
    exchange?.end(wasSent: true)
    if !isInLibrary { forget() }
  }
}
