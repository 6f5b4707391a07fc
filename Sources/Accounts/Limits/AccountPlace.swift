/// Where the account of a subject is, as long as it is that subject's.
struct AccountPlace: Sendable {
  let isAddress: Bool
  let place: TablePlace
}
