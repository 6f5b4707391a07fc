"""Messages of the chat API: bodies of POST, and what WebSocket clients say."""

import base64
import hashlib

from . import json_text
from .json_text import Raw

SESSIONS = ("a", "tour", "s-1", "s-2", "s-3", "A.b_c-9", "x" * 128)
MODELS = ("tinyllama", "tinyllama:latest", "fuzz:1b", "Fuzz:1B", "registry.example/lib/fuzz:q4", "fuzz")


def session(dice):
    if dice.chance(0.85):
        return dice.choice(SESSIONS)
    return dice.choice(("", "x" * 129, "a/b", "a b", "..", ".", "\u00e4", "%41", dice.text(200)))


def model(dice):
    return dice.choice(MODELS) if dice.chance(0.85) else dice.text(300)


def chat(dice):
    """The members of a chat request."""
    members = {"message": dice.text(6000) if dice.chance(0.9) else dice.text(1_200_000)}
    optional = {
        "model": lambda: model(dice), "session_id": lambda: session(dice), "user_id": lambda: dice.text(300),
        "stream": lambda: dice.chance(0.6), "regenerate": lambda: dice.chance(0.5), "temperature": lambda: Raw(dice.number()),
        "max_tokens": lambda: Raw(dice.integer()), "system": lambda: dice.text(), "options": lambda: options(dice),
        "images": lambda: [image(dice) for _ in range(dice.randint(0, 9))], "agent": lambda: json_text.any_value(dice)}
    chances = {"stream": 0.7, "session_id": 0.6, "temperature": 0.1, "max_tokens": 0.1, "options": 0.15}
    for name, value in optional.items():
        if dice.chance(chances.get(name, 0.2)):
            members[name] = json_text.any_value(dice) if dice.chance(0.07) else value()
    if dice.chance(0.04):
        del members["message"]
    return members


def image(dice):
    """One in base 64, the name of one that may be there, or neither."""
    content = dice.choice((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF....WEBP", b"GIF89a")) + dice.octets(5000)
    text = base64.b64encode(content).decode()
    return dice.choice((
        text, text, base64.encodebytes(content).decode(), text[:-1], "sha256:" + hashlib.sha256(content).hexdigest(),
        "sha256:" + "0" * 64, "sha256:", dice.text(60)))


def options(dice):
    names = ("num_ctx", "num_predict", "temperature", "top_k", "top_p", "seed", "stop", "mirostat", "odd", "")
    return {dice.choice(names): dice.choice((Raw(dice.number()), dice.text(40), [dice.text(10)], True, None))
            for _ in range(dice.randint(0, 5))}


def socket_message(dice):
    """The bytes of a message for `/ws`."""
    kind = dice.one_of(
        (6, "chat"), (2, "text"), (2, None), (2, "stop"), (3, "resume"), (2, "get_history"), (1, "history"),
        (1, "clear_history"), (1, "ping"), (1, "config"), (2, "command"),
        (1, "connect"), (1, "handshake"), (1, "odd"))
    members = {} if kind is None else {"type": kind}
    if kind in ("chat", "text", None):
        members |= chat(dice)
        if kind == "text":
            members["include_context"] = dice.choice((True, False, "yes"))
    elif kind == "resume":
        members |= {"session_id": session(dice), "after": Raw(dice.integer())}
        if dice.chance(0.3):
            del members["session_id"]
    elif kind == "config":
        members["config"] = {dice.text(30): dice.text(20_000)} if dice.chance(0.7) else json_text.any_value(dice)
    elif kind == "command":
        members["command"] = dice.choice(("clear_history", "get_history", "get_metrics", "odd", dice.text(30)))
        members["session_id"] = session(dice)
    elif kind == "odd":
        members["type"] = json_text.any_value(dice)
    if dice.chance(0.03):
        return dice.choice((b"", b"null", b"1", b"[]", b'"x"', json_text.nest(dice), dice.octets(200)))
    return json_text.write(dice, members)
