/// Patterns of bytes in which `*` is any bytes, and everything else is itself.
package enum Glob {
  /// Whether all of `name` is what `glob` says.
  ///
  /// It goes back to the last star alone, so that the work is at most the product of the two lengths.
  package static func matches<Name: Collection<UInt8>, Rules: Collection<UInt8>>(
    _ name: Name, _ glob: Rules
  ) -> Bool {
    var place = name.startIndex
    var rule = glob.startIndex
    var retry: (rule: Rules.Index, place: Name.Index)?
    while place < name.endIndex {
      if rule < glob.endIndex, glob[rule] == UInt8(ascii: "*") {
        rule = glob.index(after: rule)
        retry = (rule, place)
      } else if rule < glob.endIndex, glob[rule] == name[place] {
        rule = glob.index(after: rule)
        place = name.index(after: place)
      } else if let last = retry {
        place = name.index(after: last.place)
        retry = (last.rule, place)
        rule = last.rule
      } else {
        return false
      }
    }
    return glob[rule...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
