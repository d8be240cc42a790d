"""A shop that sells bags: `shop.py serve`, what its checks and fixes call, and where its alerts arrive. One SQLite database beside this file, no packages."""
import json
import os
import sqlite3
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATABASE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "orders.db")
LATE_SECONDS = 0  # in a real shop: 1800
UNFIXABLE = 69
SLOW_SECONDS = 1.0
PATIENCE_SECONDS = 3


def database():
    db = sqlite3.connect(DATABASE, timeout=5, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE IF NOT EXISTS bag (id INTEGER PRIMARY KEY, buyer TEXT, address TEXT, paid_at REAL, delivered_at REAL)")
    return db


def order(db, buyer, address, paid):
    at = time.time() if paid else None
    return db.execute("INSERT INTO bag (buyer, address, paid_at) VALUES (?, ?, ?)", (buyer, address, at)).lastrowid


class Shop(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        bag = order(database(), asked["buyer"], asked["address"], asked.get("paid", True))
        print(f"bag {bag} for {asked['buyer']}", flush=True)
        self.answer({"bag": bag})

    def do_GET(self):
        rows = database().execute("SELECT count(*), count(paid_at), count(delivered_at) FROM bag").fetchone()
        self.answer(dict(zip(("ordered", "paid", "delivered"), rows)))

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Inbox(BaseHTTPRequestHandler):
    """In place of a chat or a pager: prints each alert that comes."""

    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        print(f"{told['title']}: {told['why']}", flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def serve(port):
    database()
    print(f"the shop is open on port {port}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Shop).serve_forever()


def ping(port):
    """For a check with output = "exit": 0 well, 1 slow, 2 no answer. Its last line is the message of the issue."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        began = time.monotonic()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS).read()
        except OSError as error:
            # It may be about to open.
            if time.monotonic() < until:
                time.sleep(0.1)
                continue
            print(f"the shop does not answer: {error}")
            return 2
        took = time.monotonic() - began
        print(f"answered after {took:.3f} s")
        return 1 if took > SLOW_SECONDS else 0


def pending():
    """The check: one JSON object a line for each bag that is paid and was not delivered."""
    late = time.time() - LATE_SECONDS
    rows = database().execute("SELECT id, buyer FROM bag WHERE paid_at <= ? AND delivered_at IS NULL ORDER BY id", (late,))
    for bag, buyer in rows:
        # The message is part of what makes it this issue: nothing in it changes from look to look.
        print(json.dumps({"message": f"bag {bag} of {buyer} is paid and not delivered", "code": "pending-bag-delivery", "params": {"bag": bag}}))
    return 0


def deliver(bag):
    """The fix. It may be called twice for one bag: what is delivered stays so."""
    db = database()
    row = db.execute("SELECT address, delivered_at FROM bag WHERE id = ?", (bag,)).fetchone()
    if row is None:
        print(f"there is no bag {bag}")
        return UNFIXABLE
    address, delivered_at = row
    if delivered_at is not None:
        return 0
    if address == "returned":
        print(f"the buyer of bag {bag} gave it back")
        return UNFIXABLE
    if address == "poison":
        raise RuntimeError(f"the courier does not take bag {bag}")
    db.execute("UPDATE bag SET delivered_at = ? WHERE id = ? AND delivered_at IS NULL", (time.time(), bag))
    print(f"bag {bag} delivered to {address}")
    return 0


def main(argv):
    port = int(argv[argv.index("--port") + 1]) if "--port" in argv else 8090
    command = argv[1] if len(argv) > 1 else ""
    if command == "serve":
        return serve(port)
    if command == "inbox":
        return ThreadingHTTPServer(("127.0.0.1", port), Inbox).serve_forever()
    if command == "ping":
        return ping(port)
    if command == "pending":
        return pending()
    if command == "deliver":
        return deliver(int(os.environ["ISSUE_PARAM_BAG"]))
    if command == "order":
        print(order(database(), argv[2], argv[3], True))
        return 0
    print("shop.py serve | inbox | ping | pending | deliver | order BUYER ADDRESS", file=sys.stderr)
    return 64


sys.exit(main(sys.argv))
