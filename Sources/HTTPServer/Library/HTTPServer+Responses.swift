internal import CMicroHTTPD
internal import HTTPFields

// Responses as libmicrohttpd takes them.

extension HTTPServer {
  /// Hands a response to the library, which sends it in its next run.
  func queue(_ response: ServerResponse, on connection: ServerConnection) -> Bool {
    connection.daemon?.noteEvent()
    guard let place = connection.handle, let handle = make(response.body) else { return false }
    defer { MHD_destroy_response(handle) }
    response.fields.withEachField { field in
      // Returns NO for a field that would break the framing, such as one with a line end: it is left out.
      _ = MHD_add_response_header(
        handle, field.name.baseAddress!.assumingMemoryBound(to: CChar.self),
        field.value.baseAddress!.assumingMemoryBound(to: CChar.self))
    }
    // The library itself tells of an upgrade, by `Connection: Upgrade`; such a connection is closed by its new protocol.
    if !response.isUpgrade && (response.closesConnection || isDraining) {
      MHD_add_response_header(handle, "Connection", "close")
    }
    return MHD_queue_response(place, UInt32(response.status), handle) == .YES
  }

  private func make(_ body: ServerResponse.Body) -> OpaquePointer? {
    switch body {
    case .bytes(let bytes):
      return bytes.withUnsafeBytes { cmhd_create_response($0.baseAddress, $0.count) }
    case .stream(let stream, let length):
      return MHD_create_response_from_callback(
        // Of unknown length, most goes past the library.
        length.map { UInt64($0) } ?? cmhd_SIZE_UNKNOWN, length == nil ? 1024 : 16 * 1024, contentIsWanted,
        Unmanaged.passRetained(stream).toOpaque(), contentIsDone)
    case .head(let length):
      // The library sends no content for HEAD and 304, and so never asks for it.
      let response = MHD_create_response_from_callback(
        length.map { UInt64($0) } ?? cmhd_SIZE_UNKNOWN, 1024, noContent, nil, nil)
      if length == nil, let response { _ = cmhd_end_with_connection(response) }
      return response
    case .upgrade: return MHD_create_response_for_upgrade(protocolChanges, nil)
    }
  }
}
