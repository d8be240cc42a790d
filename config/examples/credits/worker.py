#!/usr/bin/env python3
"""The work of a credits service, one command per job. Plain Python, no packages.

  worker.py book_usage FILE     book the rows of a CSV (user,credits) into the balances
  worker.py allocate            give every user the credits of the month
  worker.py expire              take back credits of users who have been idle
  worker.py low_balances        list users who are about to run out

State is in $CREDITS_DIR (default: state): balances.json, and for book_usage a checkpoint beside it. A run that was ended halfway
leaves its checkpoint, and the next attempt goes on from there: no row is booked twice, none is left out.
Exit status: 0 done, 75 ended halfway, try again, 65 the file is no CSV of ours (trying again would not help).
"""
import csv
import http.client
import json
import os
import signal
import socket
import sys
import time

STATE = os.environ.get('CREDITS_DIR', 'state')
# Rows between two saves, and seconds of rest after each: to watch it, or to meet it halfway.
STEP = int(os.environ.get('CREDITS_STEP', '1000'))
PAUSE = float(os.environ.get('CREDITS_PAUSE', '0'))


class Supervisor:
    """Tells reeve how far we are. Outside of reeve, and when telling fails, nothing happens: work is more important."""

    def __init__(self):
        self.path = os.environ.get('REEVE_SOCKET')
        self.id = os.environ.get('SUPERVISION_ID')
        self.connection = None

    def _post(self, kind, body):
        if not self.path or not self.id:
            return
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection('localhost', timeout=2)
                self.connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.connection.sock.settimeout(2)
                self.connection.sock.connect(self.path)
            headers = {'content-type': 'application/json'}
            if os.environ.get('REEVE_TOKEN'):
                headers['authorization'] = 'Bearer ' + os.environ['REEVE_TOKEN']
            self.connection.request('POST', f'/v1/supervised/{self.id}/{kind}', json.dumps(body), headers)
            self.connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            self.connection = None

    def heartbeat(self, **meta):
        self._post('heartbeat', meta)

    def progress(self, current, total, **meta):
        self._post('progress', {'current': current, 'total': total, 'meta': meta})

    def result(self, **result):
        self._post('result', result)


class Asked:
    """TERM is the soft limit: finish the step, save, leave."""

    def __init__(self):
        self.to_leave = False
        signal.signal(signal.SIGTERM, self._leave)

    def _leave(self, *_):
        self.to_leave = True


def load(name, otherwise):
    try:
        with open(os.path.join(STATE, name), encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return otherwise


def save(name, value):
    """Whole or not at all, also when we are killed in the middle."""
    os.makedirs(STATE, exist_ok=True)
    path = os.path.join(STATE, name)
    with open(path + '.new', 'w', encoding='utf-8') as file:
        json.dump(value, file)
    os.replace(path + '.new', path)


def book_usage(path):
    supervisor, asked = Supervisor(), Asked()
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file))
    # The balances and the number of booked rows are one file: they cannot disagree.
    book = load('book.json', {'file': path, 'rows': 0, 'used': {}})
    if book['file'] != path:
        book = {'file': path, 'rows': 0, 'used': {}}
    if book['rows'] > 0:
        print(f"going on after row {book['rows']} of {len(rows)}", flush=True)
    supervisor.progress(book['rows'], len(rows), phase='booking')
    while book['rows'] < len(rows):
        for line, row in enumerate(rows[book['rows']:book['rows'] + STEP], book['rows'] + 1):
            if len(row) != 2 or not row[1].isdigit():
                print(f'{path}:{line}: expected "user,credits", got {row!r}', file=sys.stderr)
                return 65
            book['used'][row[0]] = book['used'].get(row[0], 0) + int(row[1])
        book['rows'] = min(book['rows'] + STEP, len(rows))
        save('book.json', book)
        supervisor.progress(book['rows'], len(rows), phase='booking')
        supervisor.heartbeat(users=len(book['used']))
        print(f"booked {book['rows']} of {len(rows)}", flush=True)
        time.sleep(PAUSE)
        if asked.to_leave:
            print('asked to leave: the rest is for the next attempt', flush=True)
            return 75
    supervisor.result(rows=len(rows), users=len(book['used']), credits=sum(book['used'].values()))
    return 0


def change_balances(change):
    balances = load('balances.json', {})
    users = sorted(set(balances) | set(load('book.json', {'used': {}})['used']))
    for user in users:
        balances[user] = change(user, balances.get(user, 0))
    save('balances.json', balances)
    Supervisor().result(users=len(users))
    return 0


def allocate():
    return change_balances(lambda user, credits: credits + 1000)


def expire():
    used = load('book.json', {'used': {}})['used']
    return change_balances(lambda user, credits: credits if used.get(user, 0) > 0 else 0)


def low_balances():
    used = load('book.json', {'used': {}})['used']
    low = [user for user, credits in load('balances.json', {}).items() if used.get(user, 0) > credits]
    print(f'{len(low)} users have used more than they have', flush=True)
    Supervisor().result(low=len(low))
    return 0


if __name__ == '__main__':
    command, *arguments = sys.argv[1:] or ['']
    commands = {'book_usage': book_usage, 'allocate': allocate, 'expire': expire, 'low_balances': low_balances}
    if command not in commands:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    sys.exit(commands[command](*arguments))
