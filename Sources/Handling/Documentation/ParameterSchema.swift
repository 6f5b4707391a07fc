/// What a parameter takes.
package enum ParameterSchema: Sendable {
  /// A schema of the document, by its name there.
  case named(String)
  case text
  /// Text that matches a regular expression (ECMA-262).
  case pattern(String)
  case constant(String)
  case integer(in: ClosedRange<Int>, standard: Int?)
}
