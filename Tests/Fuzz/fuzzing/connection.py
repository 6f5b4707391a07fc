"""One socket, and how the steps of an attack are done to it."""

import asyncio
import socket
import struct

from .attack import Read, Reset, Send, ShutDown, Wait

# A peer that takes nothing ends this.
SEND_SECONDS = 6
READ_BYTES = 262_144


class Connection:
    def __init__(self, sock):
        self.socket = sock
        sock.setblocking(False)
        self.is_reset = False
        self.is_at_end = False

    @classmethod
    async def open(cls, port):
        sock = socket.socket()
        connection = cls(sock)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port)), 10)
        except BaseException:
            connection.close()
            raise
        return connection

    async def send(self, data):
        """As much as the peer takes in time; a peer that has closed is none of our troubles."""
        try:
            if (sent := self.socket.send(data)) < len(data):
                async with asyncio.timeout(SEND_SECONDS):
                    await asyncio.get_running_loop().sock_sendall(self.socket, memoryview(data)[sent:])
        except BlockingIOError:
            async with asyncio.timeout(SEND_SECONDS):
                await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive(self, seconds):
        """What has come, None when nothing comes for so long, nothing at the end."""
        try:
            async with asyncio.timeout(seconds):
                data = await asyncio.get_running_loop().sock_recv(self.socket, READ_BYTES)
        except TimeoutError:
            return None
        self.is_at_end = not data
        return data

    def reset(self):
        self.is_reset = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        self.socket.close()

    async def run(self, steps, take):
        """The steps until one of them ends it. `take` is given what is read, and says whether all is there."""
        for step in steps:
            match step:
                case Send(data):
                    await self.send(data)
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case Read(seconds):
                    while not take(b""):
                        data = await self.receive(seconds)
                        if not data or take(data):
                            break
                case ShutDown():
                    self.socket.shutdown(socket.SHUT_WR)
                case Reset():
                    return self.reset()
