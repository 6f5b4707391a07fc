internal import Dispatch
internal import EventLoop
internal import System

extension SimulatedOllama {
  /// Changes what is held back; in force when this returns.
  public func hold(_ change: (inout OllamaSimulation.Holds) -> Void) {
    update { simulation, now in simulation.hold(change, at: now) }
  }

  /// Lets everything go on that was held back.
  public func release() {
    hold { $0 = OllamaSimulation.Holds() }
  }

  /// Refuses every request for a model at once, as a server whose queue is full, or no longer.
  public func setBusy(_ isBusy: Bool) {
    update { simulation, _ in
      simulation.isBusy = isBusy
      return []
    }
  }

  /// Lets pulls that begin from now on end with this error after their first layer; nil: they succeed.
  public func failPulls(_ error: String?) {
    update { simulation, _ in
      simulation.pullError = error
      return []
    }
  }

  /// Changes times and bounds for what begins from now on.
  public func set(_ change: (inout OllamaSimulation.Settings) -> Void) {
    update { simulation, _ in
      change(&simulation.settings)
      return []
    }
  }

  private func update(_ change: (inout OllamaSimulation, MonotonicTime) -> [OllamaSimulation.Effect]) {
    let process = process.withLock { $0 }
    process.host.change(change)
    let host = process.host
    process.server.server.loop.execute { host.tell() }
  }
}

// MARK: - The process

extension SimulatedOllama {
  /// Responds to nothing from here on: connections stay open and new ones are taken by the kernel alone, as after SIGSTOP.
  public func suspend() {
    let process = process.withLock { $0 }
    guard process.isAlive, process.frozen == nil else { return }
    let (stopped, goesOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    process.server.server.loop.execute {
      stopped.signal()
      goesOn.wait()
    }
    stopped.wait()
    self.process.withLock { $0.frozen = goesOn }
  }

  /// Goes on after ``suspend()``, as after SIGCONT. What was due meanwhile comes at once.
  public func resume() {
    let frozen = process.withLock { process in
      defer { process.frozen = nil }
      return process.frozen
    }
    frozen?.signal()
  }

  /// Dies: connections are broken off (RST), and the port refuses new ones. What was loaded is gone.
  public func kill() {
    let killed = process.withLock { process -> Process? in
      guard process.isAlive else { return nil }
      process.isAlive = false
      return process
    }
    guard let killed else { return }
    killed.host.die()
    killed.server.resetAllConnections()
    resume()
    killed.server.stop()
  }

  /// Starts again on the same port with the same models, after ``kill()``.
  public func restart() throws {
    let old = process.withLock { $0 }
    precondition(!old.isAlive, "it has not been killed")
    let host = SimulationHost(restarting: old.host)
    let server = try Self.start(host, port: port)
    process.withLock {
      let violations = $0.violations + old.server.snapshot.violations
      $0 = Process(server: server, host: host, violations: violations)
    }
  }

  /// Ends it for good, in order. Once is enough, more do no harm.
  public func stop() {
    let process = process.withLock { process in
      process.isAlive = false
      return process
    }
    // On the server's own thread - the last reference was a response's - nothing can wait for it.
    guard !process.server.server.loop.isCurrent else { return }
    process.host.die()
    resume()
    process.server.stop()
  }
}
