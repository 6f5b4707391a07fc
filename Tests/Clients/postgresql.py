"""A PostgreSQL server of Debian's package on a socket of its own, which ends with the tests."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time


class PostgreSQL:
    def __init__(self, environment=None, parent="/tmp"):
        """`environment` is the server's (None: this process's), `parent` the folder of its own."""
        self.environment = environment
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        assert programs, "no PostgreSQL under /usr/lib/postgresql: make test installs it"
        self.bin = programs[-1]
        # The path of a socket is short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gateway-pg-", dir=parent))
        self.user = []
        if os.geteuid() == 0:
            # PostgreSQL does not run as root.
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self.data = self.folder / "data"
        subprocess.run(
            [*self.user, self.bin / "initdb", "-D", self.data, "-U", "gateway", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self.process = None
        self.start()
        subprocess.run(
            [self.bin / "createdb", "-h", self.folder, "-U", "gateway", "chats"], check=True, cwd=self.folder)
        self.url = f"postgresql://gateway@/chats?host={self.folder}"

    def start(self):
        self.process = subprocess.Popen(
            [*self.user, self.bin / "postgres", "-D", self.data, "-k", self.folder, "-h", "", "-c", "shared_buffers=32MB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, env=self.environment)
        deadline = time.monotonic() + 60
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder], cwd=self.folder).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
