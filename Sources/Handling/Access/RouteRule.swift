package import Access

/// Who may come to an endpoint, or say a message over a WebSocket: none goes without.
///
/// Of several scopes one is enough.
package enum RouteRule: Equatable, Sendable {
  /// Everybody, where access is closed as well.
  case open
  /// Everybody as well; but who shows who he is, is known by it: what is not valid counts as not there.
  case known
  /// Who has one of these scopes: by a key, or without one as far as callers without a key are let in.
  case scope(Scopes)
  /// Who shows a key that has one of these scopes: nobody else, before the first key and on the gateway's own machine neither.
  case credential(Scopes)
  /// Callers on the gateway's own machine before the first key, and from then on who shows one that has one of these scopes.
  case fleet(Scopes)

  /// Whoever has any scope.
  package static let anyScope = RouteRule.scope([
    .inference, .chat, .modelsRead, .modelsManage, .metrics, .adminRead, .admin,
  ])
  /// The chat API's own: sessions, turns and WebSockets.
  package static let chat = RouteRule.scope(.chat)
  /// The chat API's lists of models.
  package static let chatModels = RouteRule.scope([.chat, .modelsRead])
  /// To look at what is everybody's.
  package static let fleetRead = RouteRule.fleet([.adminRead, .admin])
  /// To change it.
  package static let fleetChange = RouteRule.fleet(.admin)

  /// Whether it is one of the first system's, whose clients are anonymous by a key that is not valid.
  package var isOfChat: Bool { self == .chat || self == .chatModels }

  /// The scopes of which one is needed; none where it is open.
  package var scopes: Scopes {
    switch self {
    case .open, .known: []
    case .scope(let scopes), .credential(let scopes), .fleet(let scopes): scopes
    }
  }
}
