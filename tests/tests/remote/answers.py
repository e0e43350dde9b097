"""A web server over TLS that answers with files, which hold whole answers: a server that lies as a test wants it.

usage: answers.py DIRECTORY CERTIFICATE KEY

`x` is sent for /x; with `x.endless` beside it, zero bytes follow for ever; with `x.silent`, nothing is sent at all; with
`x.asks` in place of `x`, that is for who sends no Authorization; with `x.drips`, a byte is sent each tenth of a second. The port is printed, then a line for each request.
"""

import pathlib
import socketserver
import ssl
import sys
import threading
import time

DIRECTORY = pathlib.Path(sys.argv[1])
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(sys.argv[2], sys.argv[3])


class Answers(socketserver.StreamRequestHandler):
    def setup(self):
        self.request = CONTEXT.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        path = self.rfile.readline().split()[1].decode()
        headers = list(iter(lambda: self.rfile.readline().strip().decode().lower(), ""))
        told = [header for header in headers if header.startswith("authorization:")]
        print(path, *told, flush=True)
        file = DIRECTORY / path.lstrip("/").replace("?", "_")
        if file.with_name(file.name + ".silent").exists():
            threading.Event().wait()
        asks = file.with_name(file.name + ".asks")
        if asks.exists() and not told:
            file = asks
        answer = file.read_bytes() if file.exists() else b"HTTP/1.1 404 None\r\n\r\n"
        if file.with_name(file.name + ".drips").exists():
            for byte in answer:
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)
            return
        self.wfile.write(answer)
        while file.with_name(file.name + ".endless").exists():
            self.wfile.write(bytes(1 << 16))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Who hangs up is none of ours."""


with Server(("127.0.0.1", 0), Answers) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
