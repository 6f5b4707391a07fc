import CSimdJSON

/// Keys that are looked for together, as the search takes them: made once.
///
/// `@unchecked Sendable`: what it points to are constants of the program.
public struct JSONKeys: @unchecked Sendable, ExpressibleByArrayLiteral {
  let keys: [csimdjson_bytes]

  /// In the order of their places.
  public init(arrayLiteral keys: StaticString...) {
    self.keys = keys.map { csimdjson_bytes(start: $0.utf8Start, count: $0.utf8CodeUnitCount) }
  }
}
