/// A reference that does not keep its object, as an element of a collection or what a closure captures.
package struct WeakReference<Object: AnyObject> {
  /// The object, until it has gone.
  package weak var object: Object?

  /// - Parameter object: kept by somebody else.
  package init(_ object: Object) { self.object = object }
}

extension WeakReference: Sendable where Object: Sendable {}
