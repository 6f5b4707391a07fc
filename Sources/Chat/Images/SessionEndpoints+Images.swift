internal import Handling
internal import Budgets
internal import Configuration
internal import EventLoop
internal import HTTPFields
internal import HTTPServer
internal import JSON
internal import Sessions

extension SessionEndpoints {
  /// `POST /api/v1/chat/sessions/{id}/images`: the body is the image.
  func takeImage(_ request: GatewayRequest) throws(RequestFailure) {
    guard let id = SessionID(request.parameter) else { throw .unknownSession }
    let limit = min(ImageLimits.bytes, context.settings.configuration.maxBodyBytes)
    request.exchange.collectBody(limit: limit) { [self] body in keepImage(body, in: id, request) }
  }

  private func keepImage(_ body: [UInt8], in id: SessionID, _ request: GatewayRequest) {
    let (services, principal) = (context.services, context.principal(of: request))
    let account = request.exchange.account
    request.exchange.keepBody()
    let task = context.loop.startTask {
      defer { request.exchange.bodyIsRead() }
      do throws(RequestFailure) {
        let image = try await services.makeImage(of: body, for: account)
        // Nobody would know of it.
        guard !request.isClientGone else { return }
        do throws(TurnError) {
          try await services.registry.addImage(image, to: id, as: principal, account: account)
        } catch {
          throw RequestFailure(error)
        }
        request.respond { writer in
          writer.object { writer in
            writer.member("digest", image.digest.description)
            writer.member("media_type", image.mediaType.rawValue)
            writer.member("size", image.bytes.count)
          }
        }
      } catch {
        request.fail(error)
      }
    }
    request.exchange.onClientLeft = { task.cancel() }
  }

  /// `GET /api/v1/chat/sessions/{id}/images/{digest}`.
  func showImage(_ request: GatewayRequest) async throws(RequestFailure) {
    // The session, `/images/` and the digest.
    let parts = request.parameter.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 3, let id = SessionID(Substring(parts[0])) else { throw .unknownSession }
    let unknown = RequestFailure(404, "The session has no such image.")
    guard let digest = ImageDigest(String(Substring(parts[2]))) else { throw unknown }
    let found: SessionImage?
    do throws(SessionAccessError) {
      found = try await context.services.registry.image(digest, of: id, as: context.principal(of: request))
    } catch {
      throw RequestFailure(error)
    }
    guard let image = found else { throw unknown }
    guard !request.isClientGone else { return }
    respond(to: request, with: image)
  }

  /// It is as its name says for ever, and nobody's but the caller's. Whatever a browser makes of it, it runs nothing.
  private func respond(to request: GatewayRequest, with image: SessionImage) {
    let tag = "\"\(image.digest)\""
    var fields: FieldSection = [
      ("ETag", tag), ("Cache-Control", "private, max-age=86400, immutable"),
      ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "sandbox"),
    ]
    if request.exchange.request.first("if-none-match")?.hasSameBytes(as: tag) == true {
      return request.respond(
        ServerResponse(status: 304, fields: fields, body: .head(length: image.bytes.count)))
    }
    fields.append("Content-Type", image.mediaType.rawValue)
    if request.method == "HEAD" {
      return request.respond(
        ServerResponse(status: 200, fields: fields, body: .head(length: image.bytes.count)))
    }
    let stream = ResponseStream()
    let content = ImageContent(image, to: stream)
    // Until the exchange ends: then the stream forgets it.
    stream.onRoom = { content.write() }
    request.respond(
      ServerResponse(status: 200, fields: fields, body: .stream(stream, length: image.bytes.count)))
    content.write()
  }
}

/// Writes an image to a response as long as that has room: a reader who stands still holds no copy of it.
private final class ImageContent {
  private let image: SessionImage
  private unowned let stream: ResponseStream
  private var written = 0

  private static let pieceBytes = 64 * 1024

  init(_ image: SessionImage, to stream: ResponseStream) {
    self.image = image
    self.stream = stream
  }

  func write() {
    while !stream.isFull {
      let piece = image.bytes[written...].prefix(ImageContent.pieceBytes)
      guard !piece.isEmpty else { return stream.finish() }
      piece.withUnsafeBytes { stream.write($0) }
      written += piece.count
    }
  }
}
