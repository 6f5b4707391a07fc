import Access

/// A value that reads itself from text and writes the text that reads back as it.
protocol LosslessText: CustomStringConvertible, Sendable {
  init?(_ text: String)
}

extension ListenAddress: LosslessText {}
extension OllamaURL: LosslessText {}
extension HostPattern: LosslessText {}
extension OriginPattern: LosslessText {}
extension IPNetwork: LosslessText {}
extension OpenCaller: LosslessText {}
extension BasePath: LosslessText {}
extension StoreLocation: LosslessText {}
