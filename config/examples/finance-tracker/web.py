"""A web server with several worker processes that share one listening socket."""
import argparse
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"balance: 42, from worker {os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print(f"GET {self.path}", flush=True)

    def log_message(self, *words):
        pass


options = argparse.ArgumentParser()
options.add_argument("--port", type=int, default=8000)
options.add_argument("--workers", type=int, default=4)
options = options.parse_args()

server = HTTPServer(("127.0.0.1", options.port), Answer)
workers = []
for _ in range(options.workers):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        server.serve_forever()
    workers.append(pid)


def end(*_):
    for worker in workers:
        try:
            os.kill(worker, signal.SIGTERM)
        except ProcessLookupError:
            pass
    print("web: bye", flush=True)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
print(f"web: listening on http://127.0.0.1:{options.port} with {options.workers} workers", file=sys.stderr, flush=True)
while True:
    signal.pause()
