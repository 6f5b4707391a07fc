internal import HTTPClient

/// A connection over TLS.
final class TLSTransport: ChatTransport {
  /// nil once it is closed.
  private var connection: TLSConnection?

  let descriptor: Int32

  init(_ connection: TLSConnection) {
    self.connection = connection
    descriptor = connection.descriptor
  }

  var hasUnsent: Bool { connection?.hasUnsent == true }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Int? {
    do throws(TLSError) {
      return try connection?.read(into: buffer)
    } catch {
      throw ChatLinkError(error)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ChatLinkError) -> Int {
    do throws(TLSError) {
      return try connection?.write(bytes) ?? 0
    } catch {
      throw ChatLinkError(error)
    }
  }

  func close() { connection = nil }
}

extension ChatLinkError {
  init(_ failure: TLSError) { self.init(reason: failure.reason, isFinal: failure.isFinal) }
}
