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

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ChatLinkEnd) -> Int? {
    do throws(TLSFailure) {
      return try connection?.read(into: buffer)
    } catch {
      throw ChatLinkEnd(error)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ChatLinkEnd) -> Int {
    do throws(TLSFailure) {
      return try connection?.write(bytes) ?? 0
    } catch {
      throw ChatLinkEnd(error)
    }
  }

  func close() { connection = nil }
}

extension ChatLinkEnd {
  init(_ failure: TLSFailure) { self.init(reason: failure.reason, isFinal: failure.isFinal) }
}
