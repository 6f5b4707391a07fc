internal import Bytes
internal import Glibc

/// The line that a crash leaves, put together in memory that was there before. Everything but
/// ``init(start:version:modules:)`` is for signal handlers.
struct CrashLine {
  private let start: UnsafeRawBufferPointer
  /// What stands between the signal and the addresses.
  private let build: UnsafeRawBufferPointer
  private let modules: UnsafeBufferPointer<LoadedModule>
  private let buffer: UnsafeMutableRawBufferPointer
  private var count = 0
  private var addresses = 0

  /// Return addresses of one line, at most.
  static let addressLimit = 64

  /// - Parameter modules: the program first.
  init(start: String, version: String, modules: [LoadedModule]) {
    let buildID = (modules.first?.buildID).map { Hexadecimal.text(of: $0) } ?? "none"
    self.start = start.copiedForEver
    build = " version=\(version) build_id=\(buildID) addresses=".copiedForEver
    let table = UnsafeMutableBufferPointer<LoadedModule>.allocate(capacity: modules.count)
    _ = table.initialize(from: modules)
    self.modules = UnsafeBufferPointer(table)
    buffer = .allocate(byteCount: 1024, alignment: 1)
  }

  /// What is to be written.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

  mutating func begin(_ signal: StaticString) {
    append(start)
    append(signal)
    append(build)
  }

  /// - Returns: whether there may be more.
  mutating func note(_ address: UInt) -> Bool {
    if addresses > 0 { append(",") }
    addresses += 1
    if let module = module(of: address) {
      append(module.name)
      append("+")
      append(hexadecimal: address - module.base)
    } else {
      append("?")
    }
    return addresses < CrashLine.addressLimit
  }

  /// Whether there is code at this address.
  func knows(_ address: UInt) -> Bool { module(of: address) != nil }

  private func module(of address: UInt) -> LoadedModule? {
    for module in modules where module.contains(address) { return module }
    return nil
  }

  mutating func end() { append("\n") }

  /// Writes what there is, so that it has gone out whatever comes next. Not by ``BlockingIO``, which may allocate: a signal
  /// handler must not.
  mutating func flush(to descriptor: Int32) {
    var done = 0
    while done < count {
      let written = write(descriptor, buffer.baseAddress! + done, count - done)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { break }
      done += written
    }
    count = 0
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes where count < buffer.count {
      buffer[count] = byte
      count += 1
    }
  }

  private mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(hexadecimal number: UInt) {
    append("0x")
    var shift = UInt.bitWidth - 4
    while shift > 0 && number >> UInt(shift) == 0 { shift -= 4 }
    while shift >= 0 && count < buffer.count {
      buffer[count] = Hexadecimal.digit(UInt8(truncatingIfNeeded: number >> UInt(shift)) & 15)
      count += 1
      shift -= 4
    }
  }
}
