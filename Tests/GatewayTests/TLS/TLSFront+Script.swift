extension TLSFront {
  /// What Python runs: it ends TLS in front of a port of 127.0.0.1, a connection after the other or several at once.
  ///
  /// Arguments: the folder for certificates, the target's port, how it behaves. On standard output: the port, then a line for
  /// each handshake with what ALPN chose, and the first head of each connection.
  static let script = #"""
    import select, socket, ssl, subprocess, sys, threading

    folder, target, behaviour = sys.argv[1], int(sys.argv[2]), sys.argv[3]

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, capture_output=True)

    def key(name):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")

    key("ca")
    openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Test CA", "-days", "2", "-out", "ca.pem")
    key("server")
    openssl("req", "-new", "-key", "server.key", "-subj", "/CN=server", "-out", "server.csr")
    names = "DNS:elsewhere.test" if behaviour == "name" else "DNS:localhost,IP:127.0.0.1"
    with open(folder + "/names", "w") as file:
        file.write("subjectAltName=" + names + "\n")
    # A day before yesterday, for one that is over.
    days = ["-days", "-1"] if behaviour == "expired" else ["-days", "2"]
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-extfile", "names", "-out", "server.pem", *days)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/server.pem", folder + "/server.key")
    context.set_alpn_protocols(["h2", "http/1.1"])
    if behaviour == "mutual":
        key("client")
        openssl("req", "-new", "-key", "client.key", "-subj", "/CN=gateway", "-out", "client.csr")
        openssl("x509", "-req", "-in", "client.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "client.pem", "-days", "2")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder + "/ca.pem")
    if behaviour == "tls12":
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    def say(*words):
        print(*words, flush=True)

    def to_client(secure, data):
        # Each call is a record of its own.
        pieces = [data[i:i + 1] for i in range(len(data))] if behaviour == "bytes" else [data]
        for piece in pieces:
            while True:
                try:
                    secure.sendall(piece)
                    break
                except ssl.SSLWantWriteError:
                    select.select([], [secure], [])
                except ssl.SSLWantReadError:
                    select.select([secure], [], [])

    def serve(client, number):
        try:
            secure = context.wrap_socket(client, server_side=True)
        except (ssl.SSLError, OSError) as error:
            say("refused", type(error).__name__)
            return client.close()
        say("alpn", secure.selected_alpn_protocol())
        if behaviour == "status":
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n")
            return secure.close()
        upstream = socket.create_connection(("127.0.0.1", target))
        head, sent, held = b"", 0, b""
        secure.setblocking(False)
        while True:
            timeout = 0.1 if held else None
            ready = [secure] if secure.pending() else select.select([secure, upstream], [], [], timeout)[0]
            if not ready and held:
                # All that has come in a tenth of a second, in records as large as there are.
                to_client(secure, held)
                held = b""
            if secure in ready:
                try:
                    data = secure.recv(65536)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    continue
                except OSError:
                    data = b""
                if not data:
                    break
                if head is not None:
                    head += data
                    if b"\r\n\r\n" in head:
                        for line in head.split(b"\r\n\r\n")[0].split(b"\r\n"):
                            say("head", line.decode("latin-1"))
                        head = None
                upstream.sendall(data)
            if upstream in ready:
                data = upstream.recv(65536)
                if not data:
                    to_client(secure, held)
                    break
                sent += len(data)
                # The first connection breaks off in the middle of a response: without a word, as a server that dies.
                if behaviour == "cut" and number == 0 and sent > 3000:
                    client_descriptor = secure.detach()
                    socket.socket(fileno=client_descriptor).close()
                    return upstream.close()
                if behaviour == "records":
                    held += data
                else:
                    to_client(secure, data)
        try:
            secure.setblocking(True)
            secure.settimeout(1)
            secure.unwrap()
        except (ssl.SSLError, OSError, ValueError):
            pass
        secure.close()
        upstream.close()

    listener = socket.create_server(("127.0.0.1", 0))
    say(listener.getsockname()[1])
    number = 0
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, number), daemon=True).start()
        number += 1
    """#
}
