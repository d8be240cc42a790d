"""A service that can fall ill: `touch NAME.sick`, and it answers 500. A new life is a healthy one."""
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = sys.argv[1]
SICK = f"{NAME}.sick"


class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        sick = os.path.exists(SICK)
        body = (f"{NAME} is ill" if sick else f"{NAME} is well").encode()
        self.send_response(500 if sick else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if os.path.exists(SICK):
    os.remove(SICK)
print(f"{NAME} is at work", flush=True)
if "--port" in sys.argv:
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Desk).serve_forever()
signal.pause()
