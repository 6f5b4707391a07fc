"""What is done to one connection, step by step: a plain value, so that a failure can show it."""

import dataclasses


@dataclasses.dataclass
class Send:
    data: bytes


@dataclasses.dataclass
class Wait:
    seconds: float


@dataclasses.dataclass
class Read:
    """Reads until the responses that are due are whole, the peer has closed, or nothing has come for so long."""
    seconds: float


@dataclasses.dataclass
class ShutDown:
    """No more is sent, but read still."""


@dataclasses.dataclass
class Reset:
    """The connection ends with an RST."""


@dataclasses.dataclass
class Attack:
    """One connection. It is closed after the last step."""

    kind: str
    steps: list
    # The methods of the requests in it, where it has nothing that two readers could see differently; then the responses
    # are counted and checked.
    methods: list | None = None
    # How many final responses may come at the very most.
    at_most: int | None = None
    is_websocket: bool = False

    def __str__(self):
        return f"{self.kind}: " + _shortened(", ".join(_texts(self.steps)), 1500)


def sent(dice, data):
    """The steps that send the bytes: cut anywhere, some after a pause."""
    steps = []
    for piece in dice.cuts(data):
        steps.append(Send(piece))
        if dice.chance(0.07):
            steps.append(Wait(dice.choice((0, 0.001, 0.02))))
    return steps


def _texts(steps):
    """What is sent without a pause worth the name is one piece here."""
    sent, pieces = b"", 0
    for step in [*steps, None]:
        if isinstance(step, Send):
            sent, pieces = sent + step.data, pieces + 1
        elif not (pieces and isinstance(step, Wait) and step.seconds < 0.05):
            if pieces:
                yield shown(sent) + (f" in {pieces} pieces" if pieces > 1 else "")
            if step is not None:
                yield repr(step)
            sent, pieces = b"", 0


def shown(data, most=400):
    """Bytes as a Python literal, the middle of long ones left out."""
    if len(data) <= most:
        return repr(data)
    return f"{data[:most * 2 // 3]!r} … {len(data)} bytes … {data[-most // 3:]!r}"


def _shortened(text, most):
    return text if len(text) <= most else f"{text[:most * 2 // 3]} … {text[-most // 3:]}"
