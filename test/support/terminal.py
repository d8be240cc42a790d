# Runs a command on a pseudo-terminal. Steps come as JSON on stdin: [["expect", TEXT], ["send", TEXT], ...].
# Everything that was shown goes to stdout at the end; the exit status is the command's (124: a text did not come in time).
import json, os, pty, select, struct, fcntl, sys, termios, time

columns, command, steps = int(sys.argv[1]), sys.argv[2:], json.load(sys.stdin)
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
shown, seen, deadline = b'', 0, time.monotonic() + 25


def read(seconds):
    global shown
    ready, _, _ = select.select([master], [], [], seconds)
    if not ready:
        return True
    try:
        piece = os.read(master, 65536)
    except OSError:
        return False
    shown += piece
    return bool(piece)


failed = False
for kind, text in steps:
    if kind == 'send':
        os.write(master, text.encode())
        continue
    while True:
        at = shown.find(text.encode(), seen)
        if at >= 0:
            seen = at + len(text.encode())
            break
        if time.monotonic() > deadline or not read(0.2):
            failed = True
            break
    if failed:
        sys.stderr.write('did not see %r\n' % text)
        os.kill(pid, 9)
        break
while time.monotonic() < deadline and read(0.2):
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(124 if failed else os.waitstatus_to_exitcode(status) % 256)
