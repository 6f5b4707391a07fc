internal import Access
internal import Fleet
internal import System

// The words of the scheduler's cases in documents and metrics.

extension FleetServerState {
  var word: StaticString {
    switch self {
    case .unknown: "unknown"
    case .up: "up"
    case .down: "down"
    case .draining: "draining"
    case .halfOpen: "half_open"
    }
  }
}

extension FleetView.Breaker {
  var word: StaticString {
    switch self {
    case .closed: "closed"
    case .open: "open"
    case .halfOpen: "half_open"
    }
  }

  /// For a gauge: the more, the less gets through.
  var level: Int {
    switch self {
    case .closed: 0
    case .halfOpen: 1
    case .open: 2
    }
  }
}

extension FleetStanding.Reason {
  var word: StaticString {
    switch self {
    case .busy: "busy"
    case .loading: "loading"
    }
  }
}

extension FleetBand {
  var word: StaticString {
    switch self {
    case .interactive: "interactive"
    case .normal: "normal"
    case .batch: "batch"
    }
  }
}

extension FleetCaller {
  /// As stores know principals, but for users, who are called by their names.
  var text: String {
    switch self {
    case .key(let first, let last): "key:\(KeyID(numbers: (first, last)))"
    case .user(let name): "user:\(name)"
    case .keyUser(let first, let last, let name): "key:\(KeyID(numbers: (first, last)))/user:\(name)"
    case .proxyUser(let name): "proxy/user:\(name)"
    case .address(nil): "address:"
    case .address(.v4(let bits)?): "address:\(IPAddress.v4(bits))"
    case .address(.v6(let network, _)?): "address:\(IPAddress.v6(network, 0))/64"
    }
  }
}

extension FleetLoadCount.Reason {
  var word: StaticString {
    switch self {
    case .cold: "cold"
    case .options: "options"
    case .foreign: "foreign"
    }
  }
}

extension FleetPin.State {
  var word: StaticString {
    switch self {
    case .waiting: "waiting"
    case .loading: "loading"
    case .resident: "resident"
    case .failed: "failed"
    }
  }
}

extension FleetPinTrouble {
  var word: StaticString {
    switch self {
    case .notListed: "not_listed"
    case .noRoom: "no_room"
    case .loadFailed(let failure): failure.word
    }
  }
}

extension FleetFailure {
  var word: StaticString {
    switch self {
    case .unreachable: "unreachable"
    case .brokenOff: "broken_off"
    case .staleConnection: "stale_connection"
    case .recalled: "recalled"
    case .credentialsRefused: "credentials_refused"
    case .busy: "busy"
    case .runnerDied: "runner_died"
    case .outOfMemory: "out_of_memory"
    case .modelNotFound: "model_not_found"
    case .firstByteTimeout: "first_byte_timeout"
    case .stalled: "stalled"
    }
  }
}
