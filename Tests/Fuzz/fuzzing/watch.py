"""What must hold while the gateway is attacked, and once it is left alone."""

import asyncio
import time

from .failure import Failure

# A page of responses, WebSocket queues and bodies, under a sanitizer: what must never be passed, and what may stay.
MOST_MIB = 1000
GROWTH_MIB = 150
# What the libraries open for themselves from one rest to the next.
SPARE_DESCRIPTORS = 16
# Longer than every timeout of the configuration (gateway.py), the sessions' age among them.
REST_SECONDS = 40

AT_REST = {
    'http_server_active_requests{http_request_method="GET"}': 1,  # the one that asks
    'http_server_active_requests{http_request_method="POST"}': 0,
    "ollama_gateway_client_connections": 1,
    "ollama_gateway_sessions": 0,
    "ollama_gateway_session_bytes": 0,
    "ollama_gateway_session_listeners": 0,
    'ollama_gateway_memory_bytes{budget="bodies"}': 0,
    'ollama_gateway_memory_bytes{budget="unsent"}': 0,
    'ollama_gateway_turns{state="generating"}': 0,
    'ollama_gateway_turns{state="waiting"}': 0,
}


class Watch:
    """Of one gateway, from its start to its end."""

    def __init__(self, gateway):
        self._gateway = gateway
        self.most_mib = 0
        self._settled_mib = None
        self._settled_descriptors = 0

    async def run(self):
        """Until it is cancelled, or fails."""
        while True:
            # The loops respond to the one, the registry's queue to the other.
            for path in ("/health", "/api/v1/chat/sessions?limit=1"):
                await self._gateway.fetch(path)
            self._gateway.check()
            self.most_mib = max(self.most_mib, self._gateway.resident_mib())
            if self.most_mib > MOST_MIB:
                raise Failure(f"it takes {self.most_mib} MiB")
            self._gateway.reload()
            await asyncio.sleep(0.5)

    async def rest(self):
        """Nobody asks any more: everything comes back to where it was."""
        deadline = time.monotonic() + REST_SECONDS
        while troubles := await self._troubles():
            self._gateway.check()
            if time.monotonic() > deadline:
                raise Failure(f"not at rest {REST_SECONDS} s after the last input: {'; '.join(troubles)}")
            await asyncio.sleep(0.3)
        resident = self._gateway.resident_mib()
        if self._settled_mib is None:
            # The first rest: pools and caches are filled, and the sanitizer's quarantine.
            self._settled_mib = resident
            self._settled_descriptors = self._gateway.descriptors()
        elif resident > self._settled_mib + GROWTH_MIB:
            raise Failure(f"{resident} MiB at rest, {self._settled_mib} MiB at the first rest")
        return resident

    async def _troubles(self):
        samples = await self._gateway.metrics()
        expected = AT_REST | {name: 0 for name in samples if name.startswith((
            "ollama_gateway_websockets{", "ollama_gateway_upstream_transfers{", "ollama_gateway_upstream_paused_transfers{"))}
        expected |= {name: 0 for name in samples if name.startswith("http_server_active_requests{") and name not in AT_REST}
        troubles = [f"{name} is {samples.get(name)}, not {value}" for name, value in expected.items() if samples.get(name) != value]
        idle = int(sum(value for name, value in samples.items() if name.startswith("ollama_gateway_upstream_connections")))
        descriptors = self._gateway.descriptors() - idle
        # The first rest: as many handles of the two libraries as so many connections want.
        if self._settled_mib is not None and descriptors > self._settled_descriptors + SPARE_DESCRIPTORS:
            troubles.append(f"{descriptors} descriptors besides {idle} to Ollama, {self._settled_descriptors} at the first rest")
        return troubles
