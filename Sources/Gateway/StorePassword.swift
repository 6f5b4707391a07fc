internal import Configuration
package import Sessions

/// The password of a store, in a file of its own.
package enum StorePassword {
  /// The first line of the file; nil where there is no file. Blocks.
  package static func read(_ file: String?) throws(StoreError) -> String? {
    guard let file else { return nil }
    do throws(BoundedFile.ReadError) {
      let text = try BoundedFile.read(file, limit: 4096, isRegular: true)
      return String(text.prefix { !$0.isNewline })
    } catch {
      throw StoreError(.unusable, "store_password_file \(file): \(error.problem)")
    }
  }
}
