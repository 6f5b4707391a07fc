import System
import Testing

@Suite struct WeakReferenceTests {
  private final class Object {}

  @Test func keepsNothing() {
    var object: Object? = Object()
    let reference = object.map { WeakReference($0) }
    #expect(reference?.object === object)
    object = nil
    #expect(reference?.object == nil)
  }
}
