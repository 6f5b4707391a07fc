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
    let connection = ServerConnection(
      daemon: daemon, handle: handle, descriptor: cmhd_descriptor(handle),
      accepted: daemon.connectionDidBegin())
    daemon.server.connections[ObjectIdentifier(connection)] = connection
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
  connection.targetMemory = UnsafeBufferPointer(start: target, count: strlen(target))
  // One that is not UTF-8 is no path, and refused.
  connection.target = String(validatingCString: target) ?? ""
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
    let headSize = cmhd_head_size(handle)
    let (request, isWhole) = head(handle, connection, method, version, size: headSize)
    let exchange = ServerExchange(connection: connection, request: request)
    context.pointee = Unmanaged.passRetained(exchange).toOpaque()
    connection.startRequest(exchange)
    connection.headMemory = headSize + request.fields.count * HTTPServer.fieldMemory
    let refusal =
      !isWhole
      ? RequestValidation.brokenHead
      : RequestValidation.refusal(of: request) ?? connection.headRefusal
    return exchange.begin(refusal: refusal) ? .YES : .NO
  }
  let exchange = Unmanaged<ServerExchange>.fromOpaque(context.pointee!).takeUnretainedValue()
  guard bodySize.pointee > 0 else { return exchange.proceed() ? .YES : .NO }
  let bytes = UnsafeRawBufferPointer(start: body, count: bodySize.pointee)
  bodySize.pointee = 0
  return exchange.receive(bytes) ? .YES : .NO
}

/// The head of a request, and whether it is all that the client has sent as one.
private func head(
  _ handle: OpaquePointer, _ connection: ServerConnection, _ method: UnsafePointer<CChar>?,
  _ version: UnsafePointer<CChar>?, size: Int
) -> (request: ServerRequest, isWhole: Bool) {
  guard let method, let version else { preconditionFailure("libmicrohttpd calls with a request line") }
  var reader = RequestHeadReader(
    method: method, target: connection.targetMemory, version: version, size: size)
  withUnsafeMutablePointer(to: &reader) { pointer in
    _ = cmhd_for_each_field(handle, fieldArrives, pointer)
  }
  let request = ServerRequest(
    method: String(cString: method), version: strcmp(version, "HTTP/1.0") == 0 ? .http1_0 : .http1_1,
    target: connection.target, fields: reader.fields)
  return (request, reader.isWhole)
}

/// `MHD_KeyValueIteratorN`.
private func fieldArrives(
  reader: UnsafeMutableRawPointer?, kind: MHD_ValueKind, name: UnsafePointer<CChar>?, nameSize: Int,
  value: UnsafePointer<CChar>?, valueSize: Int
) -> MHD_Result {
  let reader = reader!.assumingMemoryBound(to: RequestHeadReader.self)
  reader.pointee.take(name: name, nameSize, value: value, valueSize)
  return .YES
}

/// `MHD_RequestCompletedCallback`: takes the reference back that `requestArrives` has left in the context.
func requestEnds(
  reference: UnsafeMutableRawPointer?, handle: OpaquePointer?,
  context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, code: MHD_RequestTerminationCode
) {
  guard let context, let exchangeReference = context.pointee else { return }
  context.pointee = nil
  let exchange = Unmanaged<ServerExchange>.fromOpaque(exchangeReference).takeRetainedValue()
  if exchange.mayHaveMoreToRead { daemon(reference).noteEvent() }
  if exchange.isUpgraded { return }
  exchange.end(wasSent: cmhd_was_completed(code) != 0 && !exchange.isUpgrade)
  connection(handle)?.endRequest()
}

/// `MHD_UpgradeHandler`: the response with status 101 is out.
func protocolChanges(
  nothing: UnsafeMutableRawPointer?, handle: OpaquePointer?, context: UnsafeMutableRawPointer?,
  extra: UnsafePointer<CChar>?, extraSize: Int, descriptor: Int32, upgrade: OpaquePointer?
) {
  guard let upgrade, let connection = connection(handle) else { return }
  connection.upgrade(
    descriptor: descriptor, handle: upgrade, extra: UnsafeRawBufferPointer(start: extra, count: extraSize))
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
