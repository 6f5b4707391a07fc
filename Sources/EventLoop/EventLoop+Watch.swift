internal import CLinux
public import System

extension EventLoop {
  /// The token of the loop's own event descriptor: no slot has this index.
  static let wakeUpToken = UInt64.max

  /// Watches `descriptor` and calls `handler` on the loop's thread when it is ready.
  ///
  /// - Throws: `EEXIST` if this loop watches it already, `ENOSPC` past `fs.epoll.max_user_watches`.
  public func watch(
    _ descriptor: Int32, for events: IOEvents, handler: @escaping (IOEvents) -> Void
  ) throws(SystemCallError) -> Watch {
    preconditionCurrent()
    let index = freeSlots.popLast() ?? slots.count
    if index == slots.count { slots.append(Slot()) }
    slots[index].generation &+= 1
    let token = UInt64(slots[index].generation) << 32 | UInt64(index)
    let watch = Watch(loop: self, descriptor: descriptor, token: token, events: events, handler: handler)
    var event = clinux_epoll_event(events.rawValue, token)
    do {
      try systemCall("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) }
    } catch {
      freeSlots.append(index)
      throw error
    }
    slots[index].watch = watch
    return watch
  }

  func modify(_ watch: Watch, events: IOEvents) throws(SystemCallError) {
    preconditionCurrent()
    var event = clinux_epoll_event(events.rawValue, watch.token)
    try systemCall("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_MOD, watch.descriptor, &event) }
  }

  func remove(_ watch: Watch, fromKernel: Bool) {
    preconditionCurrent()
    let index = Int(truncatingIfNeeded: watch.token & 0xffff_ffff)
    // After the loop's end the table is empty and the kernel's set about to go.
    guard index < slots.count, slots[index].watch === watch else { return }
    slots[index].watch = nil
    freeSlots.append(index)
    guard fromKernel else { return }
    var event = epoll_event()
    // Fails only where the owner has closed the descriptor before: then it is out of the set as well.
    _ = try? systemCall("epoll_ctl") { epoll_ctl(epoll, EPOLL_CTL_DEL, watch.descriptor, &event) }
  }

  func dispatch(_ event: inout epoll_event) {
    let token = clinux_epoll_data(&event)
    guard token != EventLoop.wakeUpToken else { return clearWakeUp() }
    let index = Int(truncatingIfNeeded: token & 0xffff_ffff)
    // An event of a watch that ended earlier in the same tick, perhaps with a new one in its slot: not for it.
    guard index < slots.count, let watch = slots[index].watch, watch.token == token else { return }
    watch.handler(IOEvents(rawValue: event.events))
  }
}
