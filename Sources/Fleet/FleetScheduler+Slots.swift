internal import System

/// Who is on which server, and in which of its slots.
extension FleetScheduler {
  /// A request goes to a place; what it held is let go.
  mutating func send(_ request: Int, _ place: Place, at now: Instant) -> FleetGrant {
    if requests[request].phase != .sent {
      release(hold: request)
      requests[request].waitedBefore += max(now.seconds(since: requests[request].waitingSince), 0)
      requests.charge(request, at: now)
      requests.dequeue(request)
    } else if !place.isUngated, policy.isQueueing {
      requests.join(request)
      requests.charge(request, at: now)
    }
    requests[request].firstEndAfter = nil
    requests[request].followers = 0
    requests[request].follows = false
    let state = requests[request]
    let server = place.server
    let instance =
      place.weights >= 0 && !place.isUngated && !place.isLastResort || place.instance >= 0
      ? enter(request, place, at: now) : -1
    requests[request].phase = .sent
    requests[request].attempts += 1
    requests[request].server = server
    requests[request].instance = instance
    requests[request].sentAt = now
    requests[request].prefill = place.prefill
    requests[request].expectedCached = place.cached
    requests[request].isRecalled = false
    servers[server].inFlight += 1
    requests[request].isLastResort = place.isLastResort
    if place.isLastResort { servers[server].resorts += 1 }
    servers[server].usedAt = now
    servers[server].workedAt = now
    if servers[server].breaker.state == .halfOpen {
      servers[server].breaker.began()
      requests[request].isTrial = true
    } else {
      requests[request].isTrial = false
    }
    counters.granted += 1
    let contextLength = fittedContext(request, instance, on: server)
    if contextLength != nil { counters.reloadsAvoided += 1 }
    let affinity = affinity(state, place)
    servers[server].count(affinity, isByPrompt: state.hasPrompt)
    return FleetGrant(
      server: servers[server].server.id, affinity: affinity,
      waited: Duration(bounded: state.waitedBefore),
      firstByteLimit: state.isStreamed && instance >= 0
        ? Duration(bounded: 3 * (place.load + place.prefill + place.wait)) : nil,
      contextLength: contextLength)
  }

  /// Takes a slot, or a place behind those that have one.
  private mutating func enter(_ request: Int, _ place: Place, at now: Instant) -> Int {
    let server = place.server
    let state = requests[request]
    let instance = self.instance(
      place.weights, state.options, fits: state.fitsContext, on: server, at: now)
    guard instance >= 0 else { return -1 }
    if servers[server].instances[instance].phase == .gone {
      beginLoading(instance, on: server, options: state.options, at: now)
    }
    let known = servers[server].instances[instance].slots.known
    let running = servers[server].instances[instance].running.count
    let beside = running + 1
    let takes = time(of: state, place, beside: beside)
    if beside > known {
      servers[server].instances[instance].slots.probed(at: now)
      counters.slotProbes += 1
    }
    servers[server].instances[instance].running.append(
      InstanceState.Running(
        request: Int32(request), isExtra: beside > known, sentAt: now,
        endsAt: now.after(place.wait + place.load + takes), takes: takes))
    servers[server].instances[instance].usedAt = now
    servers[server].weights[place.weights].arrived(at: now)
    if servers[server].inFlight > running { servers[server].mixedAt = now }
    for place in 0..<min(running, 64) {
      let other = servers[server].instances[instance].running[place]
      guard other.request >= 0, now.seconds(since: other.sentAt) < seconds.overtaking else { continue }
      requests[Int(other.request)].followers += 1
      requests[request].follows = true
    }
    requests[request].runningPlace = running
    requests[request].beside = beside
    requests[request].awaited = beside - servers[server].instances[instance].ghosts
    requests[request].epoch = servers[server].instances[instance].epoch
    settle(request, on: server, instance, at: now)
    return instance
  }

  /// The server has one request less.
  ///
  /// - Parameter isHaunted: whether Ollama works on for it, in its slot.
  mutating func leaveServer(_ request: Int, isHaunted: Bool = false, at now: Instant) {
    // No more of its state than that is copied.
    let (server, instance) = (requests[request].server, requests[request].instance)
    let (place, isTrial) = (requests[request].runningPlace, requests[request].isTrial)
    guard server >= 0 else { return }
    stopGenerating(request)
    servers[server].inFlight = max(servers[server].inFlight - 1, 0)
    servers[server].workedAt = now
    if isTrial { servers[server].breaker.ended() }
    if requests[request].isLastResort {
      requests[request].isLastResort = false
      servers[server].resorts -= 1
    }
    requests[request].server = -1
    requests[request].instance = -1
    requests[request].runningPlace = -1
    requests[request].isTrial = false
    if instance >= 0, place >= 0 {
      if servers[server].inFlight + 1 > servers[server].instances[instance].running.count {
        servers[server].mixedAt = now
      }
      if isHaunted {
        servers[server].instances[instance].running[place].request = -1
        servers[server].instances[instance].ghosts += 1
        let ends = ghostEnd(of: requests[request])
        servers[server].instances[instance].running[place].endsAt = ends
        ghostDue = min(ghostDue, ends)
      } else {
        removeRunning(place, from: instance, on: server, at: now)
      }
    }
    forgetIfGone(server)
  }

  /// A slot is free, or one behind it moves up.
  mutating func removeRunning(_ place: Int, from instance: Int, on server: Int, at now: Instant) {
    let count = servers[server].instances[instance].running.count
    guard place < count else { return }
    let removed = servers[server].instances[instance].running[place]
    servers[server].instances[instance].running.swapAt(place, count - 1)
    servers[server].instances[instance].running.removeLast()
    if removed.request < 0 { servers[server].instances[instance].ghosts -= 1 }
    if place < count - 1 {
      let moved = servers[server].instances[instance].running[place].request
      if moved >= 0 { requests[Int(moved)].runningPlace = place }
    }
    servers[server].instances[instance].usedAt = now
    var extra = -1
    for place in 0..<min(count - 1, 64) {
      let other = servers[server].instances[instance].running[place]
      // Who was sent with it and proves slots by being beside it does so only while it is there.
      if other.request >= 0, requests[Int(other.request)].firstEndAfter == nil {
        requests[Int(other.request)].firstEndAfter = max(now.seconds(since: other.sentAt), 0)
      }
      guard other.isExtra else { continue }
      if extra < 0 || other.sentAt < servers[server].instances[instance].running[extra].sentAt {
        extra = place
      }
    }
    if !removed.isExtra, extra >= 0 {
      servers[server].instances[instance].running[extra].isExtra = false
      let takes = servers[server].instances[instance].running[extra].takes
      servers[server].instances[instance].running[extra].endsAt = now.after(takes)
    }
    if servers[server].instances[instance].running.isEmpty,
      servers[server].instances[instance].phase == .loading,
      servers[server].instances[instance].load == nil
    {
      // A load of a request's own, which ended with it.
      vanish(instance, on: server)
    }
  }
}
