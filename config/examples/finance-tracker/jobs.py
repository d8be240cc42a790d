"""One piece of timed work by its name, as a scheduler would call it: `jobs.py debt_reminders`."""
import json
import os
import sys
import time

OWED = {"ann": 120, "ben": 0, "cyn": 45}


def debt_reminders():
    reminded = [name for name, sum in OWED.items() if sum > 0]
    for name in reminded:
        print(f"reminder to {name}: {OWED[name]} is due", flush=True)
    return {"reminded": len(reminded)}


def low_balances():
    print("nobody is below the limit", flush=True)
    return {"warned": 0}


def weekly_budget():
    for part in ("food", "rent", "travel"):
        print(f"budget of {part} reviewed", flush=True)
        time.sleep(0.05)
    return {"parts": 3}


work = {"debt_reminders": debt_reminders, "low_balances": low_balances, "weekly_budget": weekly_budget}
name = sys.argv[1] if len(sys.argv) > 1 else ""
if name not in work:
    print(f"there is no job {name!r}: {', '.join(work)}", file=sys.stderr)
    sys.exit(64)
done = work[name]()
print(json.dumps({"job": name, "run": os.environ.get("SUPERVISION_ID"), **done}), flush=True)
