internal import CCurl

/// The body of a handle's request that is there whole, until libcurl has given the handle back.
///
/// A small one is copied into memory that the next one uses again: libcurl sends it with the head, by one system call.
/// A large one is read where it is, as it goes out, and may have other readers.
struct HandleBody {
  /// A small one's (`CURLOPT_POSTFIELDS`), in memory that stays where it is.
  fileprivate(set) var memory: UnsafeMutableRawBufferPointer?
  /// A large one.
  fileprivate var shared: [UInt8]?
  /// How much of the large one libcurl has.
  fileprivate var position = 0

  /// Bytes of memory that are kept for the next one.
  fileprivate static let keptMemory = 4096
  /// Bytes of one that is copied. libcurl sends so many without asking for leave: it asks from 1 MiB on.
  static let small = 64 * 1024

  func deallocate() { memory?.deallocate() }
}

extension ClientRequest.Body {
  /// How it goes out.
  var framing: HeaderList.Framing {
    switch self {
    case .stream(nil): .chunked
    case .stream: .large
    case .bytes(let bytes): bytes.count > HandleBody.small ? .large : .small
    case .none: .small
    }
  }
}

extension EasyHandle {
  func prepareBody(_ request: ClientRequest) {
    switch request.body {
    case .none where request.method == "POST": copyBody([])
    case .none: break
    case .bytes(let bytes) where bytes.count <= HandleBody.small: copyBody(bytes)
    case .bytes(let bytes):
      body.shared = bytes
      body.position = 0
      readBody(length: bytes.count)
    case .stream(let length): readBody(length: length ?? -1)
    }
  }

  /// The large body begins anew: with each connection that the request goes out on.
  func rewindBody() { body.position = 0 }

  /// Writes the next of a large body that is there whole; nil where there is none.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let shared = body.shared else { return nil }
    let count = min(buffer.count, shared.count - body.position)
    shared.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[body.position...].prefix(count)))
    }
    body.position += count
    return count
  }

  /// libcurl goes back in the body, for a request that it sends once more.
  ///
  /// - Returns: false where it cannot be read again.
  fileprivate func rewindBody(to position: Int) -> Bool {
    guard let shared = body.shared, 0...shared.count ~= position else { return false }
    body.position = position
    return true
  }

  func releaseBody() {
    body.shared = nil
    if let memory = body.memory, memory.count > HandleBody.keptMemory { dropMemory() }
  }

  private func copyBody(_ bytes: [UInt8]) {
    let memory = memory(for: bytes.count)
    bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
    setContentLength(bytes.count)
  }

  /// libcurl asks for the body piece by piece.
  private func readBody(length: Int) {
    // With `CURLOPT_POSTFIELDS` it would not ask.
    dropMemory()
    setContentLength(length)
  }

  private func memory(for count: Int) -> UnsafeMutableRawBufferPointer {
    if let memory = body.memory, memory.count >= count { return memory }
    dropMemory()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1024), alignment: 1)
    body.memory = memory
    setPointer(CURLOPT_POSTFIELDS, memory.baseAddress)
    return memory
  }

  private func dropMemory() {
    guard let memory = body.memory else { return }
    setPointer(CURLOPT_POSTFIELDS, nil)
    memory.deallocate()
    body.memory = nil
  }
}

/// `CURLOPT_SEEKFUNCTION`.
func contentIsRewound(handle: UnsafeMutableRawPointer?, offset: curl_off_t, origin: Int32) -> Int32 {
  let handle = Unmanaged<EasyHandle>.fromOpaque(handle!).takeUnretainedValue()
  guard origin == SEEK_SET, handle.rewindBody(to: Int(offset)) else { return CURL_SEEKFUNC_FAIL }
  return CURL_SEEKFUNC_OK
}
