internal import Limits

/// A place of something that lasts, as a value with an owner: it is given back when the last reference goes, however that comes.
/// Any thread.
package final class PlaceHold: Sendable {
  private let control: AccessControl
  private let place: LastingPlace
  private let accounts: Reservation.Holds

  init(_ place: LastingPlace, of accounts: Reservation.Holds, in control: AccessControl) {
    self.control = control
    self.place = place
    self.accounts = accounts
  }

  deinit { control.giveBack(place, of: accounts) }
}
