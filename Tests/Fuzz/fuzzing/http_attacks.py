"""Attacks by HTTP: requests that are sound but arrive oddly, and requests that are broken."""

from . import requests
from .attack import Attack, Read, Reset, Send, ShutDown, Wait, sent
from .requests import Request, chunked

# Longer than the gateway's patience with a head (see gateway.py).
OVER_THE_TIME_LIMIT = 1.6
PATIENCE = 4


def attack(dice):
    make = dice.one_of(
        (30, sound), (12, pipelined), (12, broken_head), (10, broken_framing), (8, broken_chunks), (5, large_head),
        (5, silent_body), (10, mutated), (5, departing), (2, slow), (2, stuck_reader), (1, noise))
    return make(dice)


def sound(dice):
    request = requests.request(dice)
    steps = sent(dice, request.octets())
    if dice.chance(0.2):
        steps.append(ShutDown())
    return Attack("sound request", [*steps, Read(PATIENCE)], methods=[request.method], at_most=1)


def pipelined(dice):
    asked = [requests.request(dice) for _ in range(dice.randint(2, 6))]
    data = b"".join(each.octets() for each in asked)
    steps = [*sent(dice, data), *_ending(dice, asked)]
    return Attack("pipelined requests", steps, methods=[each.method for each in asked], at_most=len(asked))


def _ending(dice, asked):
    if dice.chance(0.15):
        return [Wait(dice.random() / 20), Reset()]
    if dice.chance(0.15):
        return []
    if dice.chance(0.2):
        return [ShutDown(), Read(PATIENCE)]
    return [Read(PATIENCE)]


HEAD_FAULTS = (
    b"\r\n", b"\n", b"\r", b"\0", b" folded: x\r\n", b"\tfolded\r\n", b"no colon\r\n", b": no name\r\n", b"X : space\r\n",
    b"X:\0\r\n", b"X: a\nY: b\r\n", b"X: a\rY: b\r\n", b"Host: second\r\n", b"Host: \r\n", b"X: \xff\xfe\r\n", b"(): x\r\n",
    b"X: \x01\x7f\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: identity\r\n", b"Connection: Host, Content-Length\r\n",
    b"Expect: odd\r\n", b"X:" + b" " * 3000 + b"\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n")
TARGETS = (
    b"*", b"", b"http://localhost/health", b"http://evil.example/health", b"//evil.example/health", b"/%00", b"/%", b"/%zz",
    b"/../health", b"/api/v1/chat/../../../health", b"/%2e%2e/health", b"/api%2Ftags", b"/health#x", b"/health?#", b"\xff",
    b"/\xc3\xa4", b"localhost:80", b"/health health", b"/" + b"a/" * 800, b"/?" + b"a&" * 250, b"/;x", b"\\health", b"/\x01")
VERSIONS = (
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.", b"HTTP/11", b"http/1.1", b"HTTP/1.1 ", b"", b"ICY",
    b"HTTP/9999999999.1", b"HTTP/1.1\t")
HOSTS = (
    b"", b"evil.example", b"localhost:99999", b"localhost:-1", b"[::1", b"[::1]:", b"127.0.0.1:0", b"a, b", b"user@localhost",
    b"\xff", b"localhost:18446744073709551617", b"x" * 300)


def broken_head(dice):
    request = requests.request(dice)
    kind = dice.randrange(4)
    if kind == 0:
        request.target = dice.choice(TARGETS)
    elif kind == 1:
        request.version = dice.choice(VERSIONS)
    elif kind == 2:
        request.host = dice.choice(HOSTS)
    data = request.octets()
    if kind == 3:
        lines = data.count(b"\r\n", 0, data.find(b"\r\n\r\n") + 2)
        place = 0
        for _ in range(dice.randint(0, lines)):
            place = data.find(b"\r\n", place) + 2
        data = data[:place] + dice.choice(HEAD_FAULTS) + data[place:]
    return Attack("broken head", [*sent(dice, data), Read(1)])


LENGTHS = (
    b"+5", b"-1", b"0x5", b"", b" ", b"5,5", b"5, 6", b"18446744073709551621", b"18446744073709551615", b"9223372036854775807",
    b"9223372036854775808", b"4294967301", b"5 5", b"5;", b"05", b"5.0", b"1e1", b"\xef\xbc\x95", b"9" * 300, b"67108864",
    b"67108865", b"5\t")
CODINGS = (
    b"chunked", b"Chunked", b"identity", b"gzip", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip", b"xchunked", b"",
    b" chunked", b"chunked;q=1", b"\"chunked\"", b"chunked\x0b", b",chunked,")


def broken_framing(dice):
    request = requests.request(dice)
    request.body = request.body or b"hello"
    length, coding = (b"Content-Length", dice.choice(LENGTHS)), (b"Transfer-Encoding", dice.choice(CODINGS))
    right = (b"Content-Length", b"%d" % len(request.body))
    framing = dice.choice((
        [length], [length], [length, right], [right, length], [right, right], [coding], [coding, right], [right, coding],
        [coding, coding], [(b"Content-Length", dice.integer().encode())], [(b"Content-Length ", b"5")],
        [(b"Content-Length", b"%d" % (len(request.body) + dice.randint(1, 9)))],
        [(b"Content-Length", b"%d" % max(0, len(request.body) - dice.randint(1, 9)))]))
    content = request.body if dice.chance(0.5) else chunked(request.body, [])
    # A second request hides in the body.
    if dice.chance(0.3):
        content += b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    is_read = dice.chance(0.8)
    return Attack("broken framing", [
        *sent(dice, request.head(framing) + content), *([ShutDown()] if dice.chance(0.3) else []),
        *([Read(1)] if is_read else [Reset()])], at_most=3)


def broken_chunks(dice):
    request = requests.request(dice)
    request.body, request.chunks = request.body or b"x" * 100, []
    body = request.body
    extension = dice.choice((b"", b";a=b", b";" + b"x" * dice.size(40_000), b" ", b"\t;", b";a=\"\r\n\"", b";\0", b";\n"))
    end = dice.choice((
        b"0\r\n\r\n", b"0\r\nX: trailer\r\n\r\n", b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n", b"0\r\nContent-Length: 5\r\n\r\n",
        b"0\r\n", b"0", b"", b"00000000000000000000000\r\n\r\n", b"-0\r\n\r\n", b"0\n\n", b"0;x\r\n bad\r\n\r\n"))
    first = dice.choice((
        b"", b"", b"", b"ffffffffffffffff\r\n", b"7fffffffffffffff\r\n", b"10000000000000000\r\n", b"-1\r\n", b"0x5\r\n", b"+5\r\n",
        b"\r\n", b"5\nhello\r\n", b"5\r\nhelloXX", b"5\r\nhello\n", b"g\r\n", b" 5\r\nhello\r\n", b"5 \r\nhello\r\n",
        b"0" * 400 + b"5\r\nhello\r\n", b"5\0\r\nhello\r\n", b"5" * 5000))
    sizes = [dice.randint(1, 500) for _ in range(dice.randint(0, 20))]
    data = request.head() + first + chunked(body, sizes, extension, end)
    return Attack("broken chunks", [*sent(dice, data), *([ShutDown()] if dice.chance(0.5) else []), Read(1)])


def large_head(dice):
    request = requests.request(dice)
    kind = dice.randrange(5)
    if kind == 0:
        request.fields += [(b"X-%d" % index, b"v") for index in range(dice.choice((50, 150, 250, 1000)))]
    elif kind == 1:
        request.fields.append((b"X-Long", b"x" * dice.choice((8000, 12_000, 12_288, 12_289, 33_000, 300_000))))
    elif kind == 2:
        request.fields += [(b"Cookie", b"a=b; " * dice.choice((10, 200, 1500)))]
    elif kind == 3:
        request.target += b"?" + b"a&" * dice.choice((100, 250, 3000))
    else:
        request.target += b"/" + b"%41" * dice.choice((1000, 4000, 30_000))
    return Attack("large head", [*sent(dice, request.octets()), Read(1)], at_most=1)


def silent_body(dice):
    """A body that is announced and does not come, or stops: to routes that read one and to those that do not."""
    request = Request(target=dice.choice(requests.TASKS)) if dice.chance(0.5) else requests.request(dice)
    body = request.body or b""
    missing = dice.choice((1, 5, 1000, 60_000_000))
    head = request.head([(b"Content-Length", b"%d" % (len(body) + missing))])
    end = dice.choice(([Read(PATIENCE)], [Wait(dice.random() / 5), Reset()], [ShutDown(), Read(PATIENCE)],
                       [Wait(OVER_THE_TIME_LIMIT), Send(b"x" * min(missing, 5000)), Read(PATIENCE)]))
    return Attack("silent body", [*sent(dice, head + body), *end], at_most=1)


def mutated(dice):
    data = b"".join(requests.request(dice).octets() for _ in range(dice.randint(1, 3)))
    return Attack("mutated request", [*sent(dice, dice.mutated(data)), *([ShutDown()] if dice.chance(0.3) else []), Read(1)])


def departing(dice):
    """The client leaves: before, within or after its response, orderly or not."""
    data = requests.request(dice).octets()
    steps = sent(dice, data[:dice.randrange(len(data))] if dice.chance(0.4) else data)
    steps.append(Wait(dice.choice((0, 0, 0.01, 0.1, 0.5))))
    if dice.chance(0.2):
        steps += [ShutDown(), Wait(dice.random() / 5)]
    return Attack("departing client", [*steps, *([Reset()] if dice.chance(0.6) else [])])


def slow(dice):
    """Byte by byte, faster or slower than the limits."""
    data = requests.request(dice).octets()[:2000]
    steps, start, pause = [], 0, dice.choice((0.02, 0.1, 0.3))
    for _ in range(25):
        size = dice.choice((1, 2, 30))
        steps += [Send(data[start:start + size]), Wait(pause)]
        start += size
    return Attack("slow request", [*steps, Read(1)], at_most=1)


def stuck_reader(dice):
    """Asks for much and takes nothing."""
    target = dice.choice((b"/docs", b"/openapi.json", b"/api/v1/chat/sessions/a?limit=500", b"/api/v1/chat/sessions?limit=500"))
    asked = [Request(target=target) for _ in range(dice.randint(1, 60))]
    streams = b'{"model":"fuzz","prompt":"long"}'
    asked.append(Request("POST", b"/api/generate", [(b"Content-Type", b"application/json")], streams))
    end = dice.choice(([], [Reset()], [Read(PATIENCE)]))
    return Attack("stuck reader", [Send(b"".join(each.octets() for each in asked)), Wait(dice.choice((0.5, 3, 5))), *end])


def noise(dice):
    data = dice.choice((
        dice.octets(5000), b"\r\n" * 2000, b"\0" * 3000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.octets(500), b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n", b""))
    return Attack("noise", [*sent(dice, data), Read(dice.choice((0.1, 2)))])
