"""Looks for due reminders every few seconds; when told to end it finishes what it has begun."""
import signal
import sys
import threading

told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())

print("scheduler: debt reminders daily at 08:00, budget review on Sundays", flush=True)
print("scheduler: ready", file=sys.stderr, flush=True)
rounds = 0
while not told.wait(2):
    rounds += 1
    print(f"scheduler: round {rounds}, nothing due", flush=True)
print("scheduler: finished what was under way", flush=True)
