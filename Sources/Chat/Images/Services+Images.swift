internal import Handling
internal import Access
internal import Budgets
internal import OllamaAPI
internal import Sessions

extension Services {
  /// How many sessions' images may go for one that comes.
  private static let longestSearch = 16

  /// Makes an image of its bytes. On no loop: to read eight megabytes takes a while.
  ///
  /// - Throws: 422 for what is no image that is taken, 429 or 503 where there is no memory for it, 503 where nobody waits.
  @concurrent
  func makeImage(
    of bytes: [UInt8], for account: ClientAccount?
  ) async throws(RequestFailure) -> SessionImage {
    if Task.isCancelled { throw .cancelled }
    guard let type = SessionImage.MediaType(of: bytes) else {
      throw RequestFailure(422, "An image is PNG, JPEG or WebP, and this is none.", field: "images")
    }
    let hold = try await holdImage(bytes.count, for: account)
    guard let digest = ImageDigest(bytes: SHA256.digest(of: bytes)) else {
      preconditionFailure("a digest has 32 bytes")
    }
    return SessionImage(bytes, digest: digest, mediaType: type, hold: hold)
  }

  /// Finds memory for an image; where there is none, the images of sessions make room that rest.
  private func holdImage(_ count: Int, for account: ClientAccount?) async throws(RequestFailure) -> MemoryHold
  {
    for _ in 0..<Services.longestSearch {
      let refusal: MemoryRefusal
      do throws(MemoryRefusal) {
        return try MemoryHold(count, of: imageMemory, for: account)
      } catch {
        refusal = error
      }
      guard await registry.dropOldestImages(of: refusal == .clientShare ? account : nil) else { break }
    }
    guard let account, account.count(of: .images) + count > imageMemory.clientShare else {
      throw RequestFailure(
        503, "There is no memory left for images; try again later.", headerFields: [("Retry-After", "60")])
    }
    throw RequestFailure(
      429, "This client has as many images as one may; delete a session.",
      headerFields: [("Retry-After", "60")])
  }
}
