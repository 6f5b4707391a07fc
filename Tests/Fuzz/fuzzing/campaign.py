"""Attacks on one gateway, many at once, each made from the seed and its number."""

import asyncio
import collections
import contextlib
import time

from . import http_attacks, websocket_attacks
from .attack import Send
from .connection import Connection
from .dice import Dice
from .failure import Failure
from .requests import TOKENS
from .responses import ResponseReader
from .server_frames import FrameReader

AT_ONCE = 400
# A replay does one round.
ROUND = 500
# No step waits as long.
ATTACK_SECONDS = 45


def attack(seed, number):
    dice = Dice(f"{seed}/{number}")
    return http_attacks.attack(dice) if dice.chance(0.65) else websocket_attacks.attack(dice)


class Campaign:
    """`is_patient` counts responses that are wrong and goes on."""

    def __init__(self, seed, gateway, is_patient=False):
        self._seed, self._gateway, self._is_patient = seed, gateway, is_patient
        self.next = 0
        self.counts = collections.Counter()
        self.statuses = collections.Counter()
        self.messages = 0
        self.under_way = {}
        self.last = collections.deque(maxlen=30)
        self.faults = []
        self._culprit = None
        self._tokens = {}
        self._numbers = {}

    async def run(self, first, until):
        """From this number on, as long as `until` says so of the next. The first failure ends all."""
        self.next = first
        if not self._tokens:
            self._tokens = {name: await self._gateway.token() for name in TOKENS}
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._attack_on(until))

    async def _attack_on(self, until):
        while until(self.next):
            number = self.next
            self.next += 1
            one = attack(self._seed, number)
            self.counts[one.kind] += 1
            self.under_way[number] = one
            await self._do(number, one)
            # One that fails or is cancelled stays: it may be why.
            del self.under_way[number]
            self.last.append((number, one))

    async def _do(self, number, one):
        reader = _Reader(one)
        try:
            async with asyncio.timeout(ATTACK_SECONDS):
                connection = await Connection.open(self._gateway.addresses[number % 8 == 0])
                self._numbers[connection.port] = number
                try:
                    with contextlib.suppress(OSError, TimeoutError):
                        await connection.run(self._with_tokens(one.steps), reader.take)
                finally:
                    connection.close()
        except (ConnectionRefusedError, FileNotFoundError):
            # Dead, or its queue of connections is full for a moment.
            await asyncio.sleep(0.2)
            self._gateway.check()
        except (OSError, TimeoutError):
            pass  # Cut or endless: the watch says whether the gateway lives.
        except Failure as failure:
            if not self._is_patient:
                self._culprit = number, one
                raise Failure(f"input {number}: {failure}") from None
            self.faults.append(f"input {number}: {failure}: {one}")
        self.statuses.update(reader.responses.statuses)
        self.messages += reader.frames.messages

    def _with_tokens(self, steps):
        """The names of tokens as what they stand for."""
        for step in steps:
            if isinstance(step, Send) and b"$TOKEN" in step.data:
                data = step.data
                for name, token in self._tokens.items():
                    data = data.replace(name, token)
                step = Send(data)
            yield step

    @property
    def round(self):
        """The one to do again."""
        oldest = self._culprit[0] if self._culprit else min(self.under_way, default=max(0, self.next - 1))
        return oldest // ROUND

    def report(self):
        """The input that went wrong; else what was under way, and what came last before; else whose connections the gateway
        still has."""
        if self._culprit:
            yield f"input {self._culprit[0]}: {self._culprit[1]}"
        elif self.under_way:
            for number, one in list(self.last)[-12:]:
                yield f"ended     {number}: {one}"
            for number, one in sorted(self.under_way.items()):
                yield f"under way {number}: {one}"
        else:
            with contextlib.suppress(OSError):
                for port, state in self._gateway.open_peers():
                    if (number := self._numbers.get(port)) is not None:
                        yield f"is {state}: input {number}: {attack(self._seed, number)}"


class _Reader:
    """Responses, and frames after a 101."""

    def __init__(self, one):
        methods, at_most = one.methods, one.at_most
        self.responses, self.frames = ResponseReader(methods, at_most), FrameReader()
        # A response to HEAD has no content: without knowing which are, nothing can be read.
        sent = b"".join(getattr(step, "data", b"") for step in one.steps)
        self._is_readable = methods is not None or b"HEAD" not in sent

    def take(self, data):
        if not self._is_readable:
            return False
        are_all_complete = self.responses.take(data)
        if self.responses.is_upgraded:
            self.frames.take(self.responses.upgraded_bytes())
            return False
        return are_all_complete


def for_seconds(seconds):
    deadline = time.monotonic() + seconds
    return lambda _: time.monotonic() < deadline
