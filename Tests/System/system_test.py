#!/usr/bin/env python3
"""The Debian package under a real systemd: run inside the booted tree by run.sh, as root, with nothing else on the network.

Ends with the first thing that is not as it should be, and with what systemd and the journal say about it.
"""

import ctypes
import grp
import http.client
import json
import os
import pathlib
import pwd
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

FOLDER = pathlib.Path(__file__).parent
SERVICE = "ollama-gateway.service"
CONFIGURATION = pathlib.Path("/etc/ollama-gateway/config.yaml")
CREDENTIAL = pathlib.Path("/etc/credstore/ollama-gateway.yaml")
ENCRYPTED = pathlib.Path("/etc/credstore.encrypted/ollama-gateway.yaml")
# Where the service has it.
CREDENTIALS = pathlib.Path("/run/credentials") / SERVICE
UNIX = "/run/ollama-gateway.socket"
PORT = 10200
PATIENCE = 60


def run(*command, check=True):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.returncode}\n{done.stdout}"
    return done.stdout.strip()


def show(name, unit=SERVICE):
    return run("systemctl", "show", "--value", "-p", name, unit)


def journal(*options):
    # The invocation's own lines, as the journal has them now.
    run("journalctl", "--sync")
    return run("journalctl", "-u", SERVICE, "-o", "json", "--no-pager", *options).splitlines()


def messages(*options):
    return [json.loads(line)["MESSAGE"] for line in journal(*options)]


def from_now_on():
    """For journal and messages: leaves out what is there. (Their number is no mark: the journal drops old lines.)"""
    run("journalctl", "--sync")
    return "--after-cursor=" + run("journalctl", "-n", "0", "--show-cursor").split("cursor: ")[1]


def wait(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.05)


def open_files(process):
    limits = pathlib.Path(f"/proc/{process}/limits").read_text().splitlines()
    return int(next(line for line in limits if line.startswith("Max open files")).split()[4])


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(UNIX)


def get(path, unix=False):
    connection = UnixConnection("localhost") if unix else http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def stream():
    """One whole stream; what is wrong with it, or None."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
        connection.request("POST", "/api/generate", '{"model":"m","prompt":"x"}')
        lines = connection.getresponse().read().decode().splitlines()
        last = json.loads(lines[-1])
        return None if last.get("done") and len(lines) == 41 else f"{len(lines)} lines, the last is {lines[-1]}"
    except Exception as error:  # Whatever it is, it is the finding.
        return repr(error)


class Streams:
    """Many streams at once."""

    def __init__(self, count):
        self.findings = [None] * count
        self.threads = [threading.Thread(target=self.take, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def take(self, number):
        self.findings[number] = stream()

    def wait(self):
        for thread in self.threads:
            thread.join()
        broken = [finding for finding in self.findings if finding]
        assert not broken, f"{len(broken)} of {len(self.findings)} streams broke: {broken[0]}"


class Callers:
    """Clients that connect anew for each request, until they are told to stop."""

    def __init__(self, count):
        self.isDone = threading.Event()
        self.served = [0] * count
        self.failures = []
        self.threads = [threading.Thread(target=self.call, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def call(self, number):
        while not self.isDone.is_set():
            try:
                status, body = get("/health", unix=number % 2 == 1)
                if status != 200:
                    self.failures.append(f"{status} {body}")
                self.served[number] += 1
            except Exception as error:
                self.failures.append(repr(error))

    def stop(self):
        self.isDone.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, f"{len(self.failures)} of {sum(self.served)} requests failed: {self.failures[:3]}"
        return sum(self.served)


def drop_in(text):
    folder = pathlib.Path(f"/run/systemd/system/{SERVICE}.d")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.conf").write_text(text)
    run("systemctl", "daemon-reload")


def ollama(port, version):
    run("systemd-run", "--quiet", f"--unit=ollama-{version}", "/usr/bin/python3", str(FOLDER / "slow_ollama.py"), str(port), version)


def package(version="0.1.0"):
    return str(next(FOLDER.glob(f"ollama-gateway_{version}_*.deb")))


# The steps, in their order.


def installs_and_starts_nothing():
    run("dpkg", "--install", package())
    assert show("ActiveState") == "inactive"
    assert show("UnitFileState") == "disabled"
    assert show("ActiveState", "ollama-gateway.socket") == "inactive"
    for unit in (SERVICE, "ollama-gateway.socket"):
        found = run("systemd-analyze", "verify", "--man=no", f"/lib/systemd/system/{unit}")
        assert not found, found
    exposure = run("systemd-analyze", "security", "--no-pager", "--threshold=15", SERVICE).splitlines()[-1]
    return exposure.split(":")[-1].strip()


def starts():
    ollama(11434, "1.0.0")
    ollama(11435, "2.0.0")
    run("systemctl", "enable", "--now", SERVICE)
    assert show("ActiveState") == "active" and show("Type") == "notify"
    assert show("NRestarts") == "0"
    assert get("/health")[0] == 200 and get("/health", unix=True)[0] == 200
    assert "1.0.0" in get("/api/version")[1]
    # The gateway's own sockets are those of systemd.
    assert any("listen=127.0.0.1:10200,unix:/run/ollama-gateway.socket" in message for message in messages())


def runs_as_a_user_of_its_own():
    process = show("MainPID")
    uid = os.stat(f"/proc/{process}").st_uid
    assert uid == pwd.getpwnam("ollama-gateway").pw_uid != 0, uid
    # As many as the unit says, or as the machine lets this systemd have; then the log tells of it, and only then.
    files = open_files(process)
    assert files == min(65536, open_files(1)), files
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status and "CapEff:\t0000000000000000" in status
    warnings = [message for message in messages() if "open-files limit is low" in message]
    assert len(warnings) == (files < 65536), warnings
    return f"uid {uid}, {files} open files"


def believes_the_group_of_its_unix_socket():
    status = os.stat(UNIX)
    group = grp.getgrnam("ollama-gateway").gr_gid
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o660, 0, group), status

    def ask(*options, field="X-Nothing: 1"):
        script = (
            "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
            "s.sendall(f'GET /api/v1/chat/connections HTTP/1.1\\r\\nHost: localhost\\r\\n{sys.argv[2]}\\r\\n"
            "Connection: close\\r\\n\\r\\n'.encode()); print(s.recv(4096).decode().split()[1])")
        return subprocess.run(
            ["setpriv", *options, "python3", "-c", script, UNIX, field], capture_output=True, text=True)

    stranger = ask("--reuid=65534", "--regid=65534", "--clear-groups")
    assert "PermissionError" in stranger.stderr, stranger
    member = ("--reuid=65534", "--regid=65534", f"--groups={group}")
    for field, answer in (
        ("X-Nothing: 1", "200"), ("X-Forwarded-For: 127.0.0.1", "200"), ("X-Forwarded-For: 203.0.113.9", "403"),
        ("Via: 1.1 proxy", "403"),
    ):
        asked = ask(*member, field=field)
        assert asked.stdout.strip() == answer, (field, asked)
    # Whom the mode lets in and the group does not know. In the service's user namespace they all have one number.
    os.chmod(UNIX, 0o666)
    try:
        asked = ask("--reuid=65534", "--regid=65534", "--clear-groups", field="X-Forwarded-For: 127.0.0.1")
        assert asked.stdout.strip() == "403", asked
    finally:
        os.chmod(UNIX, 0o660)


def logs_with_priorities():
    get("/api/version")
    wait("the request is in the journal", lambda: any("info access: request" in message for message in messages()))
    lines = [json.loads(line) for line in journal("_SYSTEMD_UNIT=" + SERVICE)]
    ready = next(line for line in lines if "notice gateway: ready" in line["MESSAGE"])
    access = next(line for line in lines if "info access: request" in line["MESSAGE"])
    assert ready["PRIORITY"] == "5" and access["PRIORITY"] == "6", (ready["PRIORITY"], access["PRIORITY"])
    assert not ready["MESSAGE"].startswith("<"), ready["MESSAGE"]


def shows_its_status():
    wait("the status names the Ollama", lambda: show("StatusText").endswith("0 generations; Ollama http://127.0.0.1:11434"))
    streams = Streams(3)
    wait("the status counts the streams", lambda: "3 requests, 3 streams" in show("StatusText"))
    text = show("StatusText")
    streams.wait()
    return text


def has_metrics_that_promtool_takes():
    text = get("/metrics")[1]
    families = text.count("# TYPE ")
    assert "gen_ai_server_time_to_first_token_seconds_count" in text and families > 20, families
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # A linter's complaint is on its output, and not in the code of every version.
    assert done.returncode == 0 and not done.stdout.strip(), f"{done.returncode}: {done.stdout}"
    return f"{families} metrics"


def finds_its_ollama_by_name():
    with open("/etc/hosts", "a") as hosts:
        hosts.write("127.0.0.1 gpu.test\n")
    CONFIGURATION.write_text("ollama: http://gpu.test:11435\nworkers: 1\n")
    run("systemctl", "restart", SERVICE)
    process = show("MainPID")
    for _ in range(20):
        assert "2.0.0" in get("/api/version")[1]
    Streams(20).wait()
    # A name that nobody has is an error, and no more.
    CONFIGURATION.write_text("ollama: http://nobody.invalid:11435\nworkers: 1\n")
    run("systemctl", "reload", SERVICE)
    wait("the other name is asked", lambda: get("/api/version")[0] == 503)
    assert all(get("/api/version")[0] == 503 for _ in range(20))
    CONFIGURATION.write_text("ollama: http://gpu.test:11435\nworkers: 1\n")
    run("systemctl", "reload", SERVICE)
    wait("the name is asked again", lambda: "2.0.0" in get("/api/version")[1])
    assert show("MainPID") == process and show("NRestarts") == "0"
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "restart", SERVICE)


def a_silent_name_server_holds_up_no_loop():
    """Clients go while their Ollama's name is looked up. Waiting for the resolver, the one loop would starve the watchdog."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.99", 53))
    names = pathlib.Path("/etc/resolv.conf")
    before = names.read_text()
    names.write_text("nameserver 127.0.0.99\n")
    CONFIGURATION.write_text("ollama: http://gpu.example:11435\nworkers: 1\n")
    drop_in("[Service]\nWatchdogSec=2s\n")
    run("systemctl", "restart", SERVICE)
    process = show("MainPID")
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.sendall(b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
            silent.recv(512)
    # Longer than the resolver tries.
    time.sleep(12)
    assert show("MainPID") == process and show("NRestarts") == "0"
    silent.close()
    names.write_text(before)
    drop_in("")
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "restart", SERVICE)


def reloads_without_cutting_a_stream():
    streams = Streams(20)
    time.sleep(0.5)
    CONFIGURATION.write_text("ollama: http://127.0.0.1:11435\nlog_level: debug\nallowed_host: chat.example.com\n")
    process = show("MainPID")
    run("systemctl", "reload", SERVICE)
    wait("the other Ollama is asked", lambda: "2.0.0" in get("/api/version")[1])
    wait("the service is ready again", lambda: show("ActiveState") == "active")
    CONFIGURATION.write_text("ollama: nonsense://\n")
    run("systemctl", "reload", SERVICE)
    wait("the bad file is refused", lambda: any("not reloaded, all settings stay" in message for message in messages()))
    wait("the service is ready again", lambda: show("ActiveState") == "active")
    assert "2.0.0" in get("/api/version")[1]
    streams.wait()
    assert show("MainPID") == process
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "reload", SERVICE)
    wait("the default is asked", lambda: "1.0.0" in get("/api/version")[1])


def restarts_without_refusing_or_cutting():
    streams = Streams(200)
    wait("the streams run", lambda: " 200 streams" in show("StatusText"))
    callers = Callers(8)
    before = show("MainPID")
    started = time.monotonic()
    run("systemctl", "restart", SERVICE)
    took = time.monotonic() - started
    assert show("MainPID") != before
    streams.wait()
    assert get("/health")[0] == 200
    return f"{callers.stop()} requests on new connections meanwhile, the restart took {took:.1f} s"


def load_by_wrk_refuses_no_connection():
    wrk = subprocess.Popen(
        ["wrk", "-t1", "-c32", "-d8s", "-H", "Connection: close", f"http://127.0.0.1:{PORT}/health"],
        stdout=subprocess.PIPE, text=True)
    time.sleep(2)
    run("systemctl", "restart", SERVICE)
    report = wrk.communicate()[0]
    errors = [line for line in report.splitlines() if "Socket errors" in line or "Non-2xx" in line]
    assert not any("connect 0," not in line for line in errors if "Socket" in line), report
    return "; ".join(line.strip() for line in report.splitlines() if "requests in" in line or line in errors)


def watchdog_ends_a_loop_that_hangs():
    drop_in("[Service]\nWatchdogSec=2s\n")
    run("systemctl", "restart", SERVICE)
    process = int(show("MainPID"))
    # Two times the limit passes without harm while the loops turn.
    time.sleep(4)
    assert show("NRestarts") == "0" and int(show("MainPID")) == process
    thread = next(
        int(task.name) for task in pathlib.Path(f"/proc/{process}/task").iterdir()
        if (task / "comm").read_text().strip() == "worker-1")
    # The one thread stands still; all others go on. ptrace(2): PTRACE_SEIZE and PTRACE_INTERRUPT.
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(0x4206, thread, 0, 0) == 0, os.strerror(ctypes.get_errno())
    assert libc.ptrace(0x4207, thread, 0, 0) == 0, os.strerror(ctypes.get_errno())
    hung = time.monotonic()
    while show("NRestarts") == "0":
        assert time.monotonic() < hung + PATIENCE, "the watchdog has not ended the service"
        # A thread's end waits for its tracer to look.
        try:
            os.waitpid(thread, os.WNOHANG | 0x40000000)
        except ChildProcessError:
            pass
        time.sleep(0.05)
    took = time.monotonic() - hung
    wait("it runs again", lambda: show("ActiveState") == "active")
    assert get("/health")[0] == 200
    return f"ended after {took:.1f} s of a limit of 2 s, then restarted"


def watchdog_ends_a_process_that_stands_still():
    before = show("NRestarts")
    os.kill(int(show("MainPID")), signal.SIGSTOP)
    wait("it was restarted", lambda: show("NRestarts") != before and show("ActiveState") == "active")
    assert get("/health")[0] == 200


def starts_again_however_often_it_crashes():
    # systemd's own limit is five starts in ten seconds.
    for _ in range(7):
        restarts, crashed = int(show("NRestarts")), time.monotonic()
        os.kill(int(show("MainPID")), signal.SIGSEGV)
        wait("it runs again", lambda: int(show("NRestarts")) > restarts and show("ActiveState") == "active")
        assert time.monotonic() - crashed > 1.5, "it was started again at once"
    assert get("/health")[0] == 200
    reports = [text for text in messages() if text.startswith("ollama-gateway: crashed: signal=SIGSEGV version=")]
    assert len(reports) == 7 and all(" build_id=" in text and ",ollama-gateway+0x" in text for text in reports), reports


def has_limits_of_memory():
    assert (show("MemoryHigh"), show("MemoryMax"), show("LimitCORE")) == (str(3 << 30), str(4 << 30), "0")


def a_wrong_configuration_is_not_tried_again():
    drop_in("")
    CONFIGURATION.write_text("workers: none\n")
    run("systemctl", "restart", SERVICE, check=False)
    wait("it has failed", lambda: show("ActiveState") == "failed")
    assert show("ExecMainStatus") == "64"
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "reset-failed", SERVICE, "ollama-gateway.socket")


def starts_at_the_first_connection():
    run("systemctl", "restart", "ollama-gateway.socket")
    assert show("ActiveState") == "inactive"
    assert get("/health")[0] == 200
    wait("systemd has heard that it is ready", lambda: show("ActiveState") == "active")


def checked(key):
    """What `check` says of a setting, called by root beside the running service: the value and where it came from."""
    lines = subprocess.run(
        ["ollama-gateway", "check", "--config", str(CONFIGURATION)],
        env={**os.environ, "CREDENTIALS_DIRECTORY": str(CREDENTIALS)}, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return next(" ".join(line.split()[1:]) for line in lines if line.split()[:1] == [key])


def needs_no_credential():
    assert not CREDENTIAL.exists() and "LoadCredential=ollama-gateway.yaml" in run("systemctl", "cat", SERVICE)
    assert not (CREDENTIALS / CREDENTIAL.name).exists()
    assert checked("credential") == "none (default)", checked("credential")


def reads_a_credential():
    CREDENTIAL.parent.mkdir(mode=0o700)
    CREDENTIAL.write_text("ollama: http://127.0.0.1:11435\n")
    CREDENTIAL.chmod(0o600)
    CONFIGURATION.write_text("ollama: http://127.0.0.1:11434\nlog_level: debug\n")
    run("systemctl", "restart", SERVICE)
    # It beats the file, and the file holds for all else.
    assert "2.0.0" in get("/api/version")[1]
    assert checked("credential") == f"{CREDENTIALS}/{CREDENTIAL.name} (environment CREDENTIALS_DIRECTORY)"
    assert checked("ollama") == f"http://127.0.0.1:11435 (credential {CREDENTIAL.name}: ollama)", checked("ollama")
    assert checked("log_level") == f"debug (file {CONFIGURATION}: log_level)", checked("log_level")


def shows_the_credential_to_nobody_else():
    process = show("MainPID")
    uid = os.stat(f"/proc/{process}").st_uid
    copy = CREDENTIALS / CREDENTIAL.name
    for path in (CREDENTIAL, copy):
        assert subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", str(path)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0, path
    gid = os.stat(f"/proc/{process}").st_gid
    asOwner = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    assert run(*asOwner, "cat", str(copy)) == CREDENTIAL.read_text().strip()
    # And he cannot write it.
    assert subprocess.run([*asOwner, "sh", "-c", f": >>{copy}"], stderr=subprocess.DEVNULL).returncode != 0
    system = run("findmnt", "--noheadings", "--output", "FSTYPE,OPTIONS", "--mountpoint", str(CREDENTIALS))
    assert "ro," in system, system
    return f"uid {uid}, {system.split()[0]}"


def takes_another_credential_at_a_restart():
    CREDENTIAL.write_text("ollama: http://127.0.0.1:11434\n")
    new = from_now_on()
    run("systemctl", "reload", SERVICE)
    wait("it was reloaded", lambda: any("reloaded changed=none" in message for message in messages(new)))
    # This systemd has not copied it anew.
    assert "2.0.0" in get("/api/version")[1]
    run("systemctl", "restart", SERVICE)
    assert "1.0.0" in get("/api/version")[1]
    CREDENTIAL.write_text("ollama: nonsense://\n")
    new = from_now_on()
    run("systemctl", "restart", SERVICE, check=False)
    wait("it has failed", lambda: show("ActiveState") == "failed")
    assert show("ExecMainStatus") == "64"
    wait("it says why", lambda: any(f"{CREDENTIAL.name}:1: ollama " in message for message in messages(new)))
    CREDENTIAL.unlink()
    run("systemctl", "reset-failed", SERVICE, "ollama-gateway.socket")
    run("systemctl", "restart", SERVICE)
    assert "1.0.0" in get("/api/version")[1]


def reads_an_encrypted_credential():
    ENCRYPTED.parent.mkdir(mode=0o700)
    plain = pathlib.Path("/root/private.yaml")
    plain.write_text("ollama: http://127.0.0.1:11435\n")
    run("systemd-creds", "encrypt", "--with-key=host", f"--name={ENCRYPTED.name}", str(plain), str(ENCRYPTED))
    plain.unlink()
    assert "11435" not in ENCRYPTED.read_text()
    drop_in(f"[Service]\nLoadCredentialEncrypted={ENCRYPTED.name}\n")
    run("systemctl", "restart", SERVICE)
    assert "2.0.0" in get("/api/version")[1]
    assert checked("ollama") == f"http://127.0.0.1:11435 (credential {ENCRYPTED.name}: ollama)", checked("ollama")
    ENCRYPTED.unlink()
    # None is none here as well.
    run("systemctl", "restart", SERVICE)
    assert "1.0.0" in get("/api/version")[1]
    drop_in("")
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "restart", SERVICE)


def starts_where_credentials_cannot_be_reached():
    """As in a container whose mounts are private: systemd names a folder that the service may not enter."""
    drop_in("[Service]\nEnvironment=CREDENTIALS_DIRECTORY=/root\n")
    new = from_now_on()
    run("systemctl", "restart", SERVICE)
    assert get("/health")[0] == 200
    wait("it says so", lambda: any("no credential is read: /root may not be entered" in message for message in messages(new)))
    drop_in("")
    run("systemctl", "restart", SERVICE)


def drains_longer_than_the_unit_allows():
    """A stream of 4 s, and a unit that would end the service after 1 s: the service asks for more time."""
    drop_in("[Service]\nTimeoutStopSec=1s\nWatchdogSec=1s\n")
    run("systemctl", "restart", SERVICE)
    streams = Streams(1)
    wait("the stream runs", lambda: " 1 streams" in show("StatusText"))
    run("systemctl", "restart", SERVICE)
    streams.wait()
    drop_in("")
    run("systemctl", "restart", SERVICE)


def runs_without_the_socket_unit():
    run("systemctl", "stop", "ollama-gateway.socket", SERVICE)
    run("systemctl", "mask", "ollama-gateway.socket")
    CONFIGURATION.write_text("listen: [127.0.0.1:10200, unix:/run/ollama-gateway/gateway.socket]\n")
    run("systemctl", "start", SERVICE)
    assert get("/health")[0] == 200
    assert stat.S_ISSOCK(os.stat("/run/ollama-gateway/gateway.socket").st_mode)
    run("systemctl", "stop", SERVICE)
    assert not os.path.exists("/run/ollama-gateway")
    run("systemctl", "unmask", "ollama-gateway.socket")
    CONFIGURATION.write_text("# nothing\n")
    run("systemctl", "start", SERVICE)


def upgrades():
    before = show("MainPID")
    callers = Callers(4)
    run("dpkg", "--install", "--force-confold", package("0.1.0+next"))
    requests = callers.stop()
    assert show("ActiveState") == "active" and show("MainPID") != before
    assert show("UnitFileState") == "enabled"
    assert CONFIGURATION.read_text() == "# nothing\n"
    return f"{requests} requests meanwhile"


def an_upgrade_keeps_a_socket_open_that_was():
    """As from a package that made no user: the socket's group is to come, and a proxy is not in it."""
    run("systemctl", "stop", SERVICE)
    run("userdel", "ollama-gateway")
    run("systemctl", "start", SERVICE)
    run("dpkg", "--install", "--force-confold", package("0.1.0+next"))
    pwd.getpwnam("ollama-gateway"), grp.getgrnam("ollama-gateway")
    # As the drop-in says. A restart of both is one after the other, and a socket does not listen beside a service that runs.
    run("systemctl", "stop", "ollama-gateway.socket", SERVICE)
    run("systemctl", "start", SERVICE)
    assert stat.S_IMODE(os.stat(UNIX).st_mode) == 0o666
    assert get("/health", unix=True)[0] == 200
    assert os.stat(f"/proc/{show('MainPID')}").st_uid == pwd.getpwnam("ollama-gateway").pw_uid


def goes_cleanly():
    run("dpkg", "--remove", "ollama-gateway")
    assert show("ActiveState") == "inactive" and show("LoadState") == "not-found"
    assert CONFIGURATION.exists()
    run("dpkg", "--purge", "ollama-gateway")
    left = run("find", "/etc", "/usr", "/lib", "/var/lib", "/run", "-name", "*ollama*gateway*", "-not", "-path", "/run/systemd/*")
    assert not left.strip(), left


STEPS = [
    installs_and_starts_nothing, starts, runs_as_a_user_of_its_own, believes_the_group_of_its_unix_socket,
    logs_with_priorities, shows_its_status,
    has_metrics_that_promtool_takes, finds_its_ollama_by_name, a_silent_name_server_holds_up_no_loop,
    reloads_without_cutting_a_stream, restarts_without_refusing_or_cutting, load_by_wrk_refuses_no_connection, watchdog_ends_a_loop_that_hangs, watchdog_ends_a_process_that_stands_still,
    starts_again_however_often_it_crashes, has_limits_of_memory, a_wrong_configuration_is_not_tried_again, starts_at_the_first_connection, needs_no_credential, reads_a_credential,
    shows_the_credential_to_nobody_else, takes_another_credential_at_a_restart, reads_an_encrypted_credential,
    starts_where_credentials_cannot_be_reached, drains_longer_than_the_unit_allows, runs_without_the_socket_unit,
    upgrades, an_upgrade_keeps_a_socket_open_that_was, goes_cleanly,
]

for step in STEPS:
    name = step.__name__.replace("_", " ")
    try:
        figures = step()
    except Exception as error:
        print(f"FAILED  {name}: {error}\n\n{run('systemctl', 'status', '--no-pager', SERVICE, check=False)}\n")
        print(run("journalctl", "-n", "40", "--no-pager", "-o", "short-monotonic", check=False))
        sys.stdout.flush()
        os._exit(1)
    print(f"ok      {name}{f' ({figures})' if figures else ''}", flush=True)
