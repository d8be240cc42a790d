# Runs a command on a pseudo-terminal. Steps come as JSON on stdin: [["expect", TEXT], ["send", TEXT], ["resize", "COLUMNSxROWS"],
# ["signal", NAME], ["touch", FILE], ...]. The size is COLUMNS or COLUMNSxROWS (50 rows).
# Everything that was shown goes to stdout at the end; the exit status is the command's (124: a text did not come in time; 125: the terminal
# was left without echo or without lines).
import json, os, pty, select, signal, struct, fcntl, sys, termios, time

size, command, steps = sys.argv[1], sys.argv[2:], json.load(sys.stdin)


def resize(to, text):
    columns, _, rows = text.partition('x')
    fcntl.ioctl(to, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows or 50), int(columns), 0, 0))


pid, master = pty.fork()
if pid == 0:
    resize(0, size)
    os.execvp(command[0], command)
modes = termios.ECHO | termios.ICANON
before = termios.tcgetattr(master)[3] & modes
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
    if kind == 'resize':
        resize(master, text)
        continue
    if kind == 'touch':
        open(text, 'w').close()
        continue
    if kind == 'signal':
        os.kill(pid, getattr(signal, text))
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
left = termios.tcgetattr(master)[3] & modes
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(124 if failed else 125 if left != before else os.waitstatus_to_exitcode(status) % 256)
