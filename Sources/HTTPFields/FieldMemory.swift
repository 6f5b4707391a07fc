/// The bytes of a ``FieldSection``, behind a header that tells how many there are. One allocation, which an Array of bytes
/// would be as well; but appending to that by pieces checks and counts for each piece.
@usableFromInline
final class FieldMemory: ManagedBuffer<Int, UInt8> {
  /// - Parameter capacity: bytes; what they hold is not defined.
  static func make(capacity: Int) -> FieldMemory {
    unsafeDowncast(FieldMemory.create(minimumCapacity: capacity) { _ in capacity }, to: FieldMemory.self)
  }

  /// The first byte, valid as long as the object.
  @inlinable
  var bytes: UnsafeMutableRawPointer {
    withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
  }
}
