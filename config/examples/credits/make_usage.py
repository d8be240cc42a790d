#!/usr/bin/env python3
"""make_usage.py FILE [ROWS]: a CSV of usage, the same each time: user,credits."""
import random
import sys

path, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
chance = random.Random(7)
with open(path, 'w', encoding='utf-8') as file:
    for _ in range(rows):
        file.write(f'user{chance.randrange(500):03},{chance.randrange(1, 20)}\n')
