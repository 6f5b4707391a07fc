"""What comes back by WebSocket: RFC 6455, section 5, as a client must see it."""

import json

from .failure import Failure

MESSAGE_LIMIT = 64 << 20
CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10


class FrameReader:
    def __init__(self):
        self._held = bytearray()
        self._message = None
        self.is_closed = False
        self.messages = 0

    def take(self, data):
        self._held += data
        while self._step():
            pass

    def _step(self):
        held = self._held
        if len(held) < 2:
            return False
        first, second = held[0], held[1]
        opcode, size, start = first & 15, second & 127, 2
        if first & 0x70 or second & 0x80 or opcode not in (CONTINUATION, TEXT, CLOSE, PING, PONG):
            raise Failure(f"no frame of a server: {bytes(held[:40])!r}")
        if opcode >= CLOSE and (size > 125 or not first & 0x80):
            raise Failure(f"no control frame: {bytes(held[:40])!r}")
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(held[2:start], "big")
        if size > MESSAGE_LIMIT:
            raise Failure(f"a frame of {size} bytes")
        if len(held) < start + size:
            return False
        if self.is_closed:
            raise Failure("a frame after the close frame")
        payload = bytes(held[start:start + size])
        del held[:start + size]
        self._take_frame(opcode, bool(first & 0x80), payload)
        return True

    def _take_frame(self, opcode, is_final, payload):
        if opcode == CLOSE:
            self.is_closed = True
            _check_close(payload)
        elif opcode in (TEXT, CONTINUATION):
            if (opcode == TEXT) != (self._message is None):
                raise Failure("fragments of two messages, mixed")
            self._message = (self._message or b"") + payload
            if is_final:
                _check_message(self._message)
                self._message = None
                self.messages += 1


def _check_close(payload):
    if not payload:
        return
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise Failure(f"no close frame: {payload!r}")
    payload[2:].decode()


def _check_message(message):
    if len(message) > 200_000:
        return
    try:
        value = json.loads(message.decode())
    except RecursionError:
        return
    except ValueError as error:
        raise Failure(f"no JSON in UTF-8, {error}: {message[:500]!r}") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise Failure(f"a message without type: {message[:500]!r}")
