public import Budgets
public import System

/// What a server asks and tells. Called on the loop's thread.
public protocol HTTPServerDelegate: AnyObject {
  /// A request's head has arrived and is sound. Before it returns, the delegate gives a response
  /// (``ServerExchange/respond(_:)``) or says what becomes of the body (``ServerExchange/collectBody(limit:then:)``,
  /// ``ServerExchange/streamBody(to:)``); a body that nobody wants is read and dropped.
  func server(_ server: HTTPServer, didReceive exchange: ServerExchange)

  /// The response for a request that the server itself refuses, in the form of the API that was asked for.
  func server(_ server: HTTPServer, responseFor refusal: ServerRefusal) -> ServerResponse

  /// The exchange is over: the response was sent whole, or the connection ended.
  func server(_ server: HTTPServer, didEnd exchange: ServerExchange)

  /// On whose account a connection counts from its beginning to its end. Nil for one that counts on none: of this machine,
  /// or of a proxy, which is not to pay for those that it speaks for.
  func server(_ server: HTTPServer, accountOf peer: Peer) -> ClientAccount?

  /// Something that an operator should know, as one sentence.
  func server(_ server: HTTPServer, warns message: String)
}

extension HTTPServerDelegate {
  /// None: connections count on nobody's account.
  public func server(_ server: HTTPServer, accountOf peer: Peer) -> ClientAccount? { nil }
}
