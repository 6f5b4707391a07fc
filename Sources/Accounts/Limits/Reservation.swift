/// What a request has taken that was let in. It is given back once, by ``AccessControl/settle(_:_:at:_:)`` or
/// ``AccessControl/cancel(_:at:_:)``: whatever is done with it later does nothing.
package struct Reservation: Hashable, Sendable {
  let place: TablePlace
}
