"""Counts in redis, once a second, over redis' own protocol: no packages needed."""
import os
import socket
import sys
import time

PATH = os.environ["REDIS_SOCKET"]
PAUSE = float(os.environ.get("PAUSE", "1"))


def command(reader, connection, *words):
    """Sends one command and returns its answer (simple strings, integers and errors are all that is needed here)."""
    parts = [f"*{len(words)}\r\n"] + [f"${len(w)}\r\n{w}\r\n" for w in words]
    connection.sendall("".join(parts).encode())
    line = reader.readline()
    if not line:
        raise ConnectionError("redis closed the connection")
    kind, rest = line[:1], line[1:].strip().decode()
    if kind == b"-":
        raise ConnectionError(rest)
    return rest


def main():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(PATH)
    reader = connection.makefile("rb")
    print("connected to redis", flush=True)
    while True:
        print("count", command(reader, connection, "INCR", "jobs:done"), flush=True)
        time.sleep(PAUSE)


try:
    main()
except OSError as error:
    # No retry here: coming back is the supervisor's job.
    sys.exit(f"redis: {error}")
