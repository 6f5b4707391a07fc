extension EventLoop: SerialExecutor {
  /// Takes a job of the Swift runtime: an actor or task whose executor this loop is goes on here. From any thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    post(.job(UnownedJob(job)))
  }

  /// The loop, as actors have it for their executor.
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  /// Lets `assumeIsolated` of this loop's actors pass in C callbacks and timers, which no job surrounds.
  public func checkIsolated() {
    preconditionCurrent()
  }

  /// Whether the caller runs on the loop's thread: what the Swift runtime asks before it takes somebody for isolated.
  public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}
