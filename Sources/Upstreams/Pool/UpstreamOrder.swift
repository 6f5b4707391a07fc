internal import EventLoop
internal import Fleet
internal import System

/// What the pool wants a client to do.
enum UpstreamOrder: Sendable {
  /// A call that waited goes to this server.
  case send(FleetTicket, UpstreamServer, FleetGrant)
  /// A call that waited gets no server.
  case refuse(FleetTicket, FleetRefusal)
  /// A call's server is down: what was sent is broken off.
  case recall(FleetTicket)
  /// Where a call that waits stands.
  case tell(FleetTicket, FleetStanding)
  /// A model is loaded, for a call that waits or as the operator wants it in memory.
  case load(FleetLoad, UpstreamServer)
  /// A model that is in memory stays there.
  case keep(UpstreamServer, model: String, contextLength: Int?)
  case cancelLoad(FleetLoadID)
  /// A server is down, or up again.
  case log(UpstreamServer, isUp: Bool)
  /// A model that is to stay in memory is not there, or is there again.
  case logPin(UpstreamServer, model: String, FleetPinTrouble?)
  case ask(FleetServerID, UpstreamServer, FleetQuestion)
  /// The servers are asked whether one of them works.
  case check(UpstreamProbe)
  /// Something is due then: see ``UpstreamPool/tick(at:)``.
  case setTimer(MonotonicTime)

  /// An order, and who is to do it.
  struct Handed: Sendable {
    let order: UpstreamOrder
    let client: LoopBound<UpstreamClient>

    /// From any thread. The order is done in a later tick of the client's loop, if it is not closed by then.
    func hand() {
      let (order, client) = (order, client)
      client.loop.execute { client.value.perform(order) }
    }
  }
}
