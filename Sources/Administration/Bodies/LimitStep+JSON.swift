package import Access
package import JSON
internal import Limits

extension LimitStep {
  /// What an object of limits says, member by member (RFC 7396): what it does not name stays, and `null` takes away.
  ///
  /// - Throws: what is wrong, by its member.
  package static func steps(_ json: JSONValue) throws(RecordError) -> [LimitStep] {
    if json.isNull { return [.clear] }
    // It knows each member, and what it takes.
    let set: LimitSet
    do throws(RecordError) { set = try LimitSet(json) } catch {
      throw RecordError(error.member.isEmpty ? "limits" : "limits.\(error.member)", takes: error.takes)
    }
    var steps: [LimitStep] = []
    json.forEachMember { name, _ in
      if let (_, path) = LimitSet.numbers.first(where: { $0.name.utf8.elementsEqual(name) }) {
        steps.append(.number(path, set[keyPath: path]))
      } else {
        steps.append(.budgets(set.budgets))
      }
    }
    return steps
  }
}
