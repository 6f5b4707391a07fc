internal import EventLoop
internal import HTTPClient
package import OllamaAPI
package import Upstreams

extension MergedLists {
  /// The models of all servers that are up, and the names that stand for others, behind all models.
  package func tags(
    for work: UpstreamWork, isolation: isolated (any Actor)? = #isolation
  ) async throws(UpstreamFailure) -> [TagsResponse.Model] {
    guard areMerged else { return try await upstreams.models(for: work) }
    let question = Question()
    // A task may hold on to the closure that is called when it is cancelled.
    let bound = LoopBound(question, to: upstreams.loop)
    let loop = upstreams.loop
    let outcome = await withTaskCancellationHandler {
      // What a closure has captured decides where it runs: it must not leave the loop.
      _ = isolation
      return await withCheckedContinuation { continuation in
        question.continuation = continuation
        question.fetch = fetch(.tags, for: work) { outcome in question.end(self.models(in: outcome)) }
      }
    } onCancel: {
      loop.execute { bound.value.end(.failure(.transfer(.failed(detail: "cancelled")))) }
    }
    return try outcome.get()
  }

  private func models(in outcome: Outcome) -> Result<[TagsResponse.Model], UpstreamFailure> {
    switch outcome {
    case .document(let document):
      return document.models(by: reader).mapError { .nonsense($0.description) }
    case .response(let response) where response.head.status == 200: return .failure(.nonsense("no list"))
    case .response(let response):
      return .failure(.status(response.head.status, retryAfter: response.head.retryAfter))
    case .failure(let failure, _): return .failure(failure)
    }
  }

  /// A share that a task waits for.
  private final class Question {
    var fetch: ListFetch.Share?
    var continuation: CheckedContinuation<Result<[TagsResponse.Model], UpstreamFailure>, Never>?

    /// Once; more do no harm.
    func end(_ outcome: Result<[TagsResponse.Model], UpstreamFailure>) {
      fetch?.cancel()
      fetch = nil
      continuation?.resume(returning: outcome)
      continuation = nil
    }
  }
}
