"""Attacks by WebSocket: handshakes, frames and messages."""

import base64
import struct

from . import chat_messages, requests
from .attack import Attack, Read, Reset, Send, ShutDown, Wait, sent
from .requests import Request

# How long the response to a handshake may take, and how long one is listened to.
HANDSHAKE = 4
CLOSE_CODES = (0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1015, 1016, 2999, 3000, 4999, 5000, 65535)
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def attack(dice):
    return dice.one_of(
        (14, conversation), (8, frames), (4, mutated_frames), (4, broken_handshake), (6, departing), (2, stuck_reader),
        (1, large_messages))(dice)


def conversation(dice):
    """Messages of the contract, sound frames: several turns, some at once."""
    steps = [*_opening(dice)]
    for _ in range(dice.randint(1, 8)):
        steps += sent(dice, message(dice, chat_messages.socket_message(dice)))
        if dice.chance(0.4):
            steps.append(Read(dice.choice((0.02, 0.1, 0.5))))
    return _websocket("conversation", dice, steps)


def frames(dice):
    """Frames that are mostly sound, messages that mean nothing."""
    data, is_in_message = b"", False
    for _ in range(dice.randint(1, 12)):
        opcode = dice.one_of(
            (10, CONTINUATION if is_in_message else TEXT), (2, PING), (2, PONG), (1, BINARY), (1, CLOSE), (1, dice.randrange(16)))
        is_final = dice.chance(0.95 if opcode >= 8 else 0.5)
        if opcode < 8:
            is_in_message = not is_final
        data += frame(dice, opcode, _payload(dice, opcode), is_final, oddness=0.05)
    return _websocket("frames", dice, [*_opening(dice), *sent(dice, data)])


def mutated_frames(dice):
    data = b"".join(message(dice, chat_messages.socket_message(dice)) for _ in range(dice.randint(1, 4)))
    return _websocket("mutated frames", dice, [*_opening(dice), *sent(dice, dice.mutated(data))])


def large_messages(dice):
    size = dice.choice((65_535, 65_536, 1 << 20, (1 << 20) + 1, 3 << 20))
    text = b'{"type":"chat","message":"' + b"a" * (size - 28) + b'"}'
    return _websocket("large message", dice, [*_opening(dice), *sent(dice, message(dice, text))])


def broken_handshake(dice):
    request = handshake(dice)
    fields = dict(request.fields)
    change = dice.randrange(8)
    if change == 0:
        del fields[dice.choice(list(fields))]
    elif change == 1:
        fields[b"Sec-WebSocket-Key"] = dice.choice((b"", b"x", b"AAAA" * 600, b"A" * 22, b"A" * 24, b"\xff" * 24))
    elif change == 2:
        fields[b"Sec-WebSocket-Version"] = dice.choice((b"12", b"14", b"", b"13, 13", dice.integer().encode()))
    elif change == 3:
        fields[b"Upgrade"] = dice.choice((b"WebSocket", b"h2c", b"websocket, h2c", b"", b"websocket/13"))
    elif change == 4:
        fields[b"Connection"] = dice.choice((b"close", b"keep-alive, upgrade", b"upgrade, close", b""))
    elif change == 5:
        fields[b"Origin"] = dice.choice((b"null", b"https://evil.example", b"http://localhost:1", b"http://", b"x"))
    elif change == 6:
        request.method = dice.choice(("POST", "HEAD", "PUT"))
    else:
        fields[b"Content-Length"] = dice.choice((b"5", b"0", b"1000000"))
    request.fields = list(fields.items())
    # What follows is not read as frames where the upgrade is refused, nor as a request where it is not.
    following = dice.choice((b"", message(dice, b'{"type":"ping"}'), b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    return Attack("broken handshake", [*sent(dice, request.octets() + following), Read(1)])


def departing(dice):
    """Leaves at the handshake, before or after its response."""
    data = handshake(dice).octets()
    if dice.chance(0.3):
        data += message(dice, chat_messages.socket_message(dice))
    steps = sent(dice, data)
    if dice.chance(0.4):
        steps.append(Wait(dice.choice((0, dice.random() * 0.005, 0.02, 0.3))))
    return Attack("departing socket", [*steps, Reset()] if dice.chance(0.7) else steps)


def stuck_reader(dice):
    """Asks for histories and generations and takes none."""
    steps = [Send(handshake(dice).octets()), Wait(0.1)]
    for _ in range(dice.randint(1, 200)):
        steps.append(Send(message(dice, dice.choice((
            b'{"type":"get_history"}', b'{"type":"ping"}', b'{"message":"long","model":"fuzz"}', b'{"type":"resume","after":0}')))))
    end = dice.choice(([], [Reset()], [Read(1)]))
    return Attack("stuck socket", [*steps, Wait(dice.choice((0.5, 3))), *end])


# MARK: the pieces

def handshake(dice):
    target = dice.choice((b"/ws", b"/ws", b"/api/v1/chat/ws", b"/ws/"))
    names = []
    if dice.chance(0.7):
        names.append(b"session_id=" + requests.percent(chat_messages.session(dice)))
    if dice.chance(0.3):
        names.append(b"client_id=" + requests.percent(dice.text(300)))
    if dice.chance(0.3):
        names.append(b"after=" + requests.percent(dice.integer()))
    fields = [
        (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Version", b"13"),
        (b"Sec-WebSocket-Key", base64.b64encode(dice.randbytes(16)))]
    fields += requests.owner(dice)
    if dice.chance(0.5):
        fields.append((b"X-Forwarded-For", requests.address(dice)))
    if dice.chance(0.1):
        fields.append((b"Sec-WebSocket-Extensions", b"permessage-deflate; client_max_window_bits=99"))
    return Request("GET", target + (b"?" + b"&".join(names) if names else b""), fields)


def message(dice, data):
    """A text message, in one frame or several, pings between them."""
    pieces = dice.cuts(data)[:40] if dice.chance(0.2) else [data]
    pieces[-1] += data[sum(map(len, pieces)):]
    result = b""
    for index, piece in enumerate(pieces):
        result += frame(dice, CONTINUATION if index else TEXT, piece, is_final=index == len(pieces) - 1)
        if dice.chance(0.05):
            result += frame(dice, PING, dice.octets(125))
    return result


def frame(dice, opcode, payload, is_final=True, oddness=0.0):
    def is_odd():
        return oddness > 0 and dice.chance(oddness)

    first = opcode | (0x80 if is_final else 0) | (dice.randrange(8) << 4 if is_odd() else 0)
    length, is_masked = len(payload), not is_odd()
    announced = dice.choice((length + 1, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, 1 << 20, 0, 126, 65_536)) if is_odd() else length
    bit = 0x80 if is_masked else 0
    if announced < 126 and not is_odd():
        head = struct.pack("!BB", first, bit | announced)
    elif announced < 65_536 and not is_odd():
        head = struct.pack("!BBH", first, bit | 126, announced)
    else:
        head = struct.pack("!BBQ", first, bit | 127, announced)
    if not is_masked:
        return head + payload
    # Mostly one that changes nothing: a failure can be read.
    mask = dice.randbytes(4) if dice.chance(0.3) else bytes(4)
    return head + mask + masked(payload, mask)


def masked(payload, mask):
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


def _payload(dice, opcode):
    if opcode == CLOSE:
        return dice.choice((b"", b"\x03", struct.pack("!H", dice.choice(CLOSE_CODES)) + dice.text(60).encode()[:123],
                            struct.pack("!H", 1000) + b"\xff"))
    if opcode > CLOSE:
        return dice.octets(dice.choice((125, 125, 125, 200)))
    return dice.choice((dice.text().encode(), chat_messages.socket_message(dice), dice.octets(2000), b"\xe2\x82", b""))


def _opening(dice):
    """The handshake, and whether its response is waited for."""
    opening = [Send(handshake(dice).octets())]
    return [*opening, Read(0.2)] if dice.chance(0.5) else opening


def _websocket(kind, dice, steps):
    end = dice.choice((
        [Read(0.3), Send(frame(dice, CLOSE, struct.pack("!H", 1000))), Read(1)], [Read(0.3)], [Read(2)], [], [Reset()],
        [ShutDown(), Read(1)], [Send(frame(dice, CLOSE, b"")), Reset()]))
    return Attack(kind, [*steps, *end], is_websocket=True)
