/// Where a chat writes. Called on its loop's thread.
public struct ChatOutput: Sendable {
  /// Takes what goes to standard output.
  let write: @Sendable ([UInt8]) -> Void
  /// Takes a line, without its end, for standard error.
  let complain: @Sendable (String) -> Void

  /// Where text goes: see the properties.
  public init(
    write: @escaping @Sendable ([UInt8]) -> Void, complain: @escaping @Sendable (String) -> Void
  ) {
    self.write = write
    self.complain = complain
  }
}
