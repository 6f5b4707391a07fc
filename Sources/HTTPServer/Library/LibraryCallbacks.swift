internal import CMicroHTTPD
internal import Glibc
internal import HTTPFields

// libmicrohttpd's callbacks. Each recovers its object and delegates. They run on the loop's thread, inside `MHD_run`
// or `MHD_add_connection`.

private func daemon(_ pointer: UnsafeMutableRawPointer?) -> Daemon {
  Unmanaged<Daemon>.fromOpaque(pointer!).takeUnretainedValue()
}

/// The connection that was put into the socket context when it began.
private func connection(_ handle: OpaquePointer?) -> ServerConnection? {
  guard let handle, let context = cmhd_socket_context(handle) else { return nil }
  return Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue()
}

/// `MHD_NotifyConnectionCallback`.
func connectionChanges(
  reference: UnsafeMutableRawPointer?, handle: OpaquePointer?,
  context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, change: MHD_ConnectionNotificationCode
) {
  guard let handle, let context else { return }
  if cmhd_is_start(change) != 0 {
    let daemon = daemon(reference)
    guard let connection = daemon.connectionDidBegin() else { return }
    connection.didBegin(handle, in: daemon)
    context.pointee = Unmanaged.passUnretained(connection).toOpaque()
  } else if let connection = connection(handle) {
    context.pointee = nil
    connection.didClose()
  }
}

/// `MHD_OPTION_URI_LOG_CALLBACK`: the target before the library has cut it into pieces.
func targetArrives(
  daemon: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let target, let connection = connection(handle) else { return nil }
  connection.targetArrives(target)
  return nil
}

/// `MHD_AccessHandlerCallback`: called when the head is there, for each piece of the body, at the body's end, and again
/// whenever a connection without a response is resumed.
func requestArrives(
  daemon: UnsafeMutableRawPointer?, handle: OpaquePointer?, path: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, body: UnsafePointer<CChar>?,
  bodySize: UnsafeMutablePointer<Int>?, context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let handle, let connection = connection(handle), let context, let bodySize else { return .NO }
  guard context.pointee != nil else {
    guard let method,
      let (exchange, refusal) = connection.takeRequest(method: method, size: cmhd_head_size(handle))
    else { return .NO }
    // The connection holds it, until `requestEnds` or its own end.
    connection.startRequest(exchange)
    context.pointee = Unmanaged.passUnretained(exchange).toOpaque()
    return exchange.begin(refusal: refusal) ? .YES : .NO
  }
  let exchange = Unmanaged<ServerExchange>.fromOpaque(context.pointee!).takeUnretainedValue()
  guard bodySize.pointee > 0 else { return exchange.proceed() ? .YES : .NO }
  let bytes = UnsafeRawBufferPointer(start: body, count: bodySize.pointee)
  bodySize.pointee = 0
  return exchange.receive(bytes) ? .YES : .NO
}

/// `MHD_RequestCompletedCallback`.
func requestEnds(
  reference: UnsafeMutableRawPointer?, handle: OpaquePointer?,
  context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, code: MHD_RequestTerminationCode
) {
  guard let context, let exchangeReference = context.pointee else { return }
  context.pointee = nil
  let exchange = Unmanaged<ServerExchange>.fromOpaque(exchangeReference).takeUnretainedValue()
  if exchange.mayHaveMoreToRead { daemon(reference).noteEvent() }
  if exchange.isUpgraded { return }
  if cmhd_was_broken(code) != 0 { exchange.noteLibraryResponse() }
  exchange.end(wasSent: cmhd_was_completed(code) != 0 && !exchange.isUpgrade)
  connection(handle)?.endRequest()
}

/// `MHD_UpgradeHandler`: the response with status 101 is out.
func protocolChanges(
  nothing: UnsafeMutableRawPointer?, handle: OpaquePointer?, context: UnsafeMutableRawPointer?,
  extra: UnsafePointer<CChar>?, extraSize: Int, descriptor: Int32, upgrade: OpaquePointer?
) {
  guard let upgrade, let connection = connection(handle) else { return }
  connection.upgrade(handle: upgrade, extra: UnsafeRawBufferPointer(start: extra, count: extraSize))
}

/// `MHD_ContentReaderCallback` of a ``ResponseStream``.
func contentIsWanted(
  stream: UnsafeMutableRawPointer?, position: UInt64, buffer: UnsafeMutablePointer<CChar>?, size: Int
) -> Int {
  Unmanaged<ResponseStream>.fromOpaque(stream!).takeUnretainedValue()
    .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

/// `MHD_ContentReaderFreeCallback` of a ``ResponseStream``.
func contentIsDone(stream: UnsafeMutableRawPointer?) {
  Unmanaged<ResponseStream>.fromOpaque(stream!).release()
}

/// `MHD_ContentReaderCallback` of a response to HEAD.
func noContent(
  nothing: UnsafeMutableRawPointer?, position: UInt64, buffer: UnsafeMutablePointer<CChar>?, size: Int
) -> Int {
  cmhd_END_OF_STREAM
}

/// `errno`, for the one library call that leaves its reason there.
func systemErrorNumber() -> Int32 { errno }
