"""Prints what an Autobahn report comes to: counts, and each case that is not OK. Status 1 if any failed."""

import collections
import json
import sys

GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}


def main(path):
    with open(path, encoding="utf-8") as file:
        (cases,) = json.load(file).values()
    print(len(cases), "cases;", dict(collections.Counter(case["behavior"] for case in cases.values())),
          "close", dict(collections.Counter(case["behaviorClose"] for case in cases.values())))
    failed = 0
    for name, case in sorted(cases.items(), key=lambda item: [int(part) for part in item[0].split(".")]):
        verdicts = case["behavior"], case["behaviorClose"]
        if verdicts != ("OK", "OK"):
            print(" ", name, *verdicts, case["reportfile"])
        failed += not GOOD.issuperset(verdicts)
    print(failed, "failed")
    # A run without cases shows nothing.
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
