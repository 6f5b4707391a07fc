internal import Access
internal import Handling

extension WorkerContext {
  /// Until there are keys, only this machine's own programs may see everybody, and change what is for all.
  func requireAdministrator(_ request: GatewayRequest) throws(RequestFailure) {
    if principal(of: request).mayAdminister { return }
    throw RequestFailure(403, "This path is for callers on the gateway's own machine.")
  }
}
