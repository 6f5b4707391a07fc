/// The images of a session, in a bound of their own: the one that was not used for the longest time makes room.
struct SessionImages {
  /// The latest last.
  private(set) var images: [SessionImage] = []
  private(set) var bytes = 0

  subscript(digest: ImageDigest) -> SessionImage? { images.first { $0.digest == digest } }

  /// Puts one in, or makes it the latest if it is there.
  ///
  /// - Parameter limits: the bytes of all, and how many there may be.
  mutating func use(_ image: SessionImage, limits: SessionLimits) {
    remove(image.digest)
    images.append(image)
    bytes += image.bytes.count
    while bytes > limits.imageBytes || images.count > limits.images, images.count > 1 {
      remove(images[0].digest)
    }
  }

  /// Drops all but these.
  mutating func removeAll(except kept: [ImageDigest] = []) {
    images.removeAll { !kept.contains($0.digest) }
    bytes = images.reduce(0) { $0 + $1.bytes.count }
  }

  private mutating func remove(_ digest: ImageDigest) {
    guard let place = images.firstIndex(where: { $0.digest == digest }) else { return }
    bytes -= images.remove(at: place).bytes.count
  }
}
