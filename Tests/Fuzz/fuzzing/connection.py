"""One socket, and how the steps of an attack are done to it."""

import asyncio
import fcntl
import socket
import struct

from .attack import Read, Reset, Send, ShutDown, Wait

# A peer that takes nothing ends this.
SEND_SECONDS = 6
CONNECT_SECONDS = 10
READ_BYTES = 262_144
# Bytes that the kernel has not sent yet (tcp(7): SIOCOUTQNSD, which the module has no name for).
SIOCOUTQNSD = 0x894B


class Connection:
    def __init__(self, sock):
        self.socket = sock
        sock.setblocking(False)
        self.is_reset = False

    @classmethod
    async def open(cls, address):
        """A host and a port, or the path of a UNIX socket."""
        connection = cls(socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET))
        try:
            if not isinstance(address, str):
                connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().sock_connect(connection.socket, address)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def port(self):
        """Our own; 0 of a UNIX socket."""
        name = self.socket.getsockname()
        return name[1] if isinstance(name, tuple) else 0

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
            data = self.socket.recv(READ_BYTES)
            # A fast peer leaves the others room.
            await asyncio.sleep(0)
            return data
        except BlockingIOError:
            pass
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        # Not by `sock_recv`: what it has taken is lost when the time is up at the same moment.
        loop.add_reader(self.socket, lambda: readable.done() or readable.set_result(None))
        try:
            async with asyncio.timeout(seconds):
                await readable
            return self.socket.recv(READ_BYTES)
        except (TimeoutError, BlockingIOError):
            return None
        finally:
            loop.remove_reader(self.socket)

    def reset(self):
        self.is_reset = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        # Behind what a gateway that waits for Ollama does not read, the end of the connection would reach it only when this
        # machine's kernel gives up, minutes later: to the gateway such a client has not left.
        if self._has_unsent():
            self.reset()
        self.socket.close()

    def _has_unsent(self):
        if self.socket.family != socket.AF_INET:
            return False
        return struct.unpack("i", fcntl.ioctl(self.socket, SIOCOUTQNSD, bytes(4)))[0] > 0

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
