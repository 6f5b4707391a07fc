internal import Bytes

/// What a key may look like that was made elsewhere: 32-256 visible characters of ASCII that do not begin as ours do.
enum CustomKeyForm {
  static let counts = 32...256

  static func holds(_ text: UnsafeRawBufferPointer) -> Bool {
    counts.contains(text.count) && !KeyForm.begins(text) && text.allSatisfy(ASCII.isVisible)
  }
}
