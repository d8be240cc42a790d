"""Books orders: from the list `orders` in redis into a table in PostgreSQL, each once. Over redis' own protocol and psql: no packages."""
import socket
import subprocess
import sys

PORT = int(sys.argv[sys.argv.index("--port") + 1])


def sql(text, **variables):
    """Runs SQL with :'name' for variables. Ends the program when the database does not take it."""
    words = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", *words], input=text, text=True, check=True)


class Redis:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.reader = self.socket.makefile("rb")

    def ask(self, *words):
        self.socket.sendall(b"".join([b"*%d\r\n" % len(words)] + [b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words]))
        return self.answer()

    def answer(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("redis closed the connection")
        kind, rest = line[:1], line[1:].strip().decode()
        if kind == b"-":
            raise ConnectionError(rest)
        if kind == b"$":
            return None if rest == "-1" else self.reader.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == "-1" else [self.answer() for _ in range(int(rest))]
        return rest


def book(redis, order):
    # Who dies between the two books it again in its next life, which changes nothing.
    sql("INSERT INTO orders (name) VALUES (:'name') ON CONFLICT DO NOTHING;", name=order)
    redis.ask("LREM", "booking", "1", order)
    print(f"booked {order}", flush=True)


def main():
    redis = Redis()
    sql("SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS orders (name text PRIMARY KEY, booked_at timestamptz NOT NULL DEFAULT now());")
    for order in redis.ask("LRANGE", "booking", "0", "-1"):
        book(redis, order)
    print("the ledger is open", flush=True)
    while True:
        book(redis, redis.ask("BRPOPLPUSH", "orders", "booking", "0"))


try:
    main()
except (OSError, subprocess.CalledProcessError) as error:
    # No retry here: coming back is the supervisor's job.
    sys.exit(f"ledger: {error}")
