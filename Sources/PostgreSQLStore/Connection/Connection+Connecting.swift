internal import CPostgreSQL
internal import Glibc
internal import System

// Without the library's own waiting, which cannot be told to say what state of SQL a server has refused us with.
extension Connection {
  /// Connects to the first of the address's servers that takes writes.
  static func connect(_ address: ServerAddress, _ notices: Notices) throws(ServerError) -> OpaquePointer {
    var words: [String] = []
    for server in 0..<address.serverCount {
      guard let handle = address.withParameters(ofServer: server, { PQconnectStartParams($0, $1, 0) }) else {
        throw .lost("out of memory")
      }
      // The code of an error stands in the verbose form only.
      PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
      notices.receive(from: handle)
      let isConnected = poll(handle, address.connectTimeout)
      PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
      if isConnected, PQsetnonblocking(handle, 1) == 0 { return handle }
      words.append(String(cString: PQerrorMessage(handle)))
      let needsPassword = PQconnectionNeedsPassword(handle) == 1
      PQfinish(handle)
      // Nobody was asked whether it is right: the library knows that there is none.
      if needsPassword { throw ServerError("28P01", ConnectionRefusal(words.joined()).words) }
    }
    let refusal = ConnectionRefusal(words.joined(separator: "\n"))
    throw ServerError(refusal.state, refusal.words)
  }

  /// Does what the library wants done until it is connected, or no server is left.
  ///
  /// - Parameter limit: for one address, of which a name may have several. The library knows none here: when it is over, the socket
  ///   is shut, and the library goes on to the next address.
  private static func poll(_ handle: OpaquePointer, _ limit: Duration) -> Bool {
    guard PQstatus(handle) != CONNECTION_BAD else { return false }
    var events = Int16(POLLOUT)
    var place = PQhostaddr(handle).map { String(cString: $0) }
    var deadline = MonotonicTime.now + limit
    var wasShut = false
    while true {
      if wait(for: events, on: PQsocket(handle), until: deadline) == 0 {
        // Shut, and not awake for that: there is no helping it.
        if wasShut { return false }
        shutdown(PQsocket(handle), Int32(SHUT_RDWR))
        wasShut = true
        deadline = .now + .seconds(1)
        continue
      }
      switch PQconnectPoll(handle) {
      case PGRES_POLLING_OK: return true
      case PGRES_POLLING_READING: events = Int16(POLLIN)
      case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
      default: return false
      }
      let now = PQhostaddr(handle).map { String(cString: $0) }
      if now != place {
        place = now
        deadline = .now + limit
        wasShut = false
      }
    }
  }
}
