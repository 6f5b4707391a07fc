"""A TCP proxy whose connections a test cuts."""

import socket
import threading


class CuttingProxy:
    """Passes connections on to a port of 127.0.0.1, from the start of a `with` to its end."""

    def __init__(self, target_port):
        self._target = ("127.0.0.1", target_port)
        self._lock = threading.Lock()
        self._sockets = set()
        self._is_broken = False

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # It wakes the thread that accepts, which closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self):
        """Ends all connections, and each new one at once, until `mend`."""
        with self._lock:
            self._is_broken = True
            for end in self._sockets:
                self._end(end)
            self._sockets.clear()

    def mend(self):
        with self._lock:
            self._is_broken = False

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                is_broken = self._is_broken
            if is_broken:
                client.close()
                continue
            gateway = socket.create_connection(self._target)
            with self._lock:
                self._sockets |= {client, gateway}
            for source, sink in ((client, gateway), (gateway, client)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass  # Cut.
        self._end(source)
        self._end(sink)

    def _end(self, end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It has ended already.
