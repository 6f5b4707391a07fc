internal import Access

/// Where the account of a subject is, as long as it is that subject's.
struct AccountPlace: Equatable, Sendable {
  let kind: LimitSubject.Kind
  let place: TablePlace
}
