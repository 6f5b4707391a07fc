"""JSON as no library would write it."""

import json


class Raw:
    """Bytes that stand in the text as they are."""

    def __init__(self, data):
        self.data = data.encode() if isinstance(data, str) else data


def write(dice, value, oddness=0.03):
    """The JSON of a value, here and there spelled oddly, and rarely none any more."""
    text = _value(dice, value, oddness)
    if dice.chance(oddness):
        text = dice.choice((b"\xef\xbb\xbf" + text, text + b" ", text + b"\0", text + text, b" " * dice.size() + text,
                            text[:dice.randrange(len(text) + 1)], text + dice.octets(20)))
    if dice.chance(oddness):
        text = dice.mutated(text)
    return text


def nest(dice):
    """Very deep, closed or not."""
    depth = dice.choice((10, 100, 500, 1023, 1025, 5000, 60_000))
    opening, closing = dice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"message":', b"}]")))
    core = dice.choice((b"1", b"", b'"x"'))
    return opening * depth + core + (closing * depth if dice.chance(0.7) else b"")


def any_value(dice):
    """What a field is not made for."""
    return dice.choice((
        lambda: dice.choice((None, True, False, "", [], {}, [[]])), lambda: Raw(dice.number()), lambda: Raw(dice.integer()),
        dice.text, lambda: dice.text(80_000), lambda: {dice.text(50): dice.text(50)},
        lambda: [dice.text(50)] * dice.randint(0, 50), lambda: Raw(dice.choice(('"\\ud800"', '"\\udc00\\ud800x"'))),
        lambda: Raw(b'"' + dice.choice((b"\xff", b"\xc0\x80", b"\n", b"\0", b"\\x", b"\\u12")) + b'"'),
        lambda: Raw(nest(dice))))()


def _value(dice, value, oddness):
    if isinstance(value, Raw):
        return value.data
    if dice.chance(oddness / 3):
        value = any_value(dice)
        return value.data if isinstance(value, Raw) else json.dumps(value).encode()
    if isinstance(value, dict):
        members = [_member(dice, name, member, oddness) for name, member in value.items()]
        if members and dice.chance(oddness):
            members.append(dice.choice(members))
        return b"{" + _space(dice, oddness) + b",".join(members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(_value(dice, each, oddness) for each in value) + b"]"
    if isinstance(value, str):
        return _string(dice, value, oddness)
    return json.dumps(value).encode()


def _member(dice, name, value, oddness):
    return _string(dice, name, oddness) + _space(dice, oddness) + b":" + _value(dice, value, oddness)


def _string(dice, text, oddness):
    if not dice.chance(oddness):
        return json.dumps(text, ensure_ascii=dice.chance(0.5)).encode()
    # Each character as an escape.
    units = text.encode("utf-16-be", "surrogatepass")
    return b'"' + b"".join(b"\\u%02x%02x" % (units[i], units[i + 1]) for i in range(0, len(units), 2)) + b'"'


def _space(dice, oddness):
    return dice.choice((b" ", b"\n", b"\t\r\n", b" " * dice.size(3000))) if dice.chance(oddness) else b""
