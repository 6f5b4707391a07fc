"""Choices, made from a seed."""

import random

# Where a number is a count, an index, a length or a duration.
ODD_INTEGERS = (
    "0", "-0", "1", "-1", "00", "007", "+5", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
    "9007199254740993", "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "18446744073709551621",
    "340282366920938463463374607431768211456", "9" * 40, "9" * 400, "1" + "0" * 300)

ODD_NUMBERS = ODD_INTEGERS + (
    "0.5", "-0.0", "1e308", "1e309", "-1e309", "1E-400", "1e18", "1e19", "9.3e18", "1e999999999", "0.1e1", "2.0000000001",
    "4.9e-324", "NaN", "Infinity", "-Infinity", "nan", "inf", "0x7fffffffffffffff", "1_000", ".5", "5.", "1e", "--1", "01",
    "\u0663", "1 ", " 1")

WORDS = ("fox", "hello", "a", "The answer is", "0", "true", "null", "data: ", "\n", "\r\n", " ", "\t", "**", "```", "[", "![](")

ODD_TEXTS = (
    "", " ", "\0", "a\0b", "\ufeff", "\u202e", "\u200e\u200f\u061c", "\u2028\u2029", "\x1b[2J\x1b]0;x\x07", "\x7f", "\u0085",
    "e\u0301", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0010ffff", "\ufffe", "../../etc/passwd", "%00", "%", "%s%n",
    "'\"<script>", "{}", "[DONE]", "data: [DONE]\n\n", "event: error", "\\", "\\u0000", "tinyllama:latest")

ODD_BYTES = (
    b"\xff", b"\xfe\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80", b"\xf4\x90\x80\x80", b"\0")


class Dice(random.Random):
    """One for each input, so that an input does not depend on those before it."""

    def chance(self, probability):
        return self.random() < probability

    def one_of(self, *weighted):
        """One of the choices: pairs of a weight and a value."""
        return self.choices([value for _, value in weighted], [weight for weight, _ in weighted])[0]

    def integer(self):
        """As text, often one at an edge."""
        return self.choice(ODD_INTEGERS) if self.chance(0.6) else str(self.size())

    def number(self):
        """As text, by no means always one that JSON knows."""
        return self.choice(ODD_NUMBERS) if self.chance(0.7) else str(self.size())

    def size(self, most=70_000):
        """Mostly small; all orders of magnitude are as likely."""
        return min(most, int(2 ** (self.random() * most.bit_length())) - 1)

    def text(self, most=3000):
        kind = self.random()
        if kind < 0.4:
            return " ".join(self.choice(WORDS) for _ in range(self.randint(1, 8)))
        if kind < 0.65:
            return self.choice(ODD_TEXTS)
        if kind < 0.75:
            # One Character, as Unicode counts them.
            return "e" + "\u0301" * self.size(most)
        if kind < 0.85:
            return self.choice(("a", " ", "\u00e4", "\U0001f98a", "\n", "[", "\0")) * self.size(most)
        return self.octets().decode(self.choice(("latin-1", "utf-8", "utf-16-le")), "replace")

    def octets(self, most=300):
        return self.randbytes(self.size(most))

    def token(self):
        return "".join(self.choices("abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789-_", k=self.randint(1, 12)))

    def mutated(self, data, times=None):
        """The bytes with some of them flipped, lost, doubled, or the end cut off."""
        data = bytearray(data)
        for _ in range(times or self.randint(1, 4)):
            place = self.randrange(len(data) + 1)
            kind = self.randrange(8)
            if kind == 0 and data:
                data[place % len(data)] ^= 1 << self.randrange(8)
            elif kind == 1 and data:
                data[place % len(data)] = self.choice(b"\0\r\n \t:,;\"{}[]\x7f\x80\xff0-")
            elif kind == 2:
                del data[place:place + self.randint(1, 9)]
            elif kind == 3:
                data[place:place] = data[place:place + self.randint(1, 60)]
            elif kind == 4:
                data[place:place] = self.choice(ODD_BYTES + (b"\r\n", b"\n", b"\r", b" ", b"\t"))
            elif kind == 5:
                data[place:place] = self.number().encode()
            elif kind == 6:
                data[place:place] = self.octets(40)
            elif self.chance(0.5):
                del data[place:]
        return bytes(data)

    def cuts(self, data):
        """The bytes in pieces: in one, in a few, or each by itself."""
        kind = self.random()
        if kind < 0.45 or len(data) < 2:
            return [data]
        if kind < 0.95 or len(data) > 400:
            places = sorted({self.randrange(1, len(data)) for _ in range(self.randint(1, 6))})
        else:
            places = range(1, len(data))
        places = [0, *places, len(data)]
        return [data[start:end] for start, end in zip(places, places[1:])]
