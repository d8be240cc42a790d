"""What the real Supervisor makes of configuration files, for a test that compares it with our reader.

stdin: a JSON list of {"path": ..., "env": {...}}; stdout: one JSON object a line, the fields of scripts/ini-view.ts.
What depends on the machine is replaced: users and groups stay names, directories need not exist, plug-ins are not
imported, `here` is /HERE, the host is HOST, the temporary directory /tmp.
"""
import contextlib
import io
import json
import os
import signal
import sys

try:
    from supervisor import datatypes, loggers, options
except ImportError:  # Debian's package, asked by another Python
    sys.path.append('/usr/lib/python3/dist-packages')
    from supervisor import datatypes, loggers, options

NO_MAIN_SECTION = 'does not include supervisord section'
NEVER_UNREAD = {('include', 'files')} | {('supervisorctl', key) for key in ('serverurl', 'username', 'password', 'prompt', 'history_file')}
KNOWN_EMPTY = ('program:', 'group:', 'eventlistener:', 'fcgi-program:', 'rpcinterface:', 'unix_http_server', 'inet_http_server')
PARSERS = []


def number_or(prefix):
    def convert(text):
        try:
            return int(text)
        except ValueError:
            return prefix + text
    return convert


class Unimported(str):
    pass


def without_import(self, text):
    options.pkg_resources.EntryPoint.parse('x=' + text)
    return Unimported(text)


class Watching(options.UnhosedConfigParser):
    """Remembers which keys were asked for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = set(NEVER_UNREAD)
        PARSERS.append(self)

    def saneget(self, section, option, *args, **kwargs):
        self.asked.add((section, option))
        return super().saneget(section, option, *args, **kwargs)


def replace_machine():
    uid, gid = number_or('user:'), number_or('group:')
    for module in (datatypes, options):
        for name, stub in (('name_to_uid', uid), ('name_to_gid', gid), ('gid_for_uid', lambda one: 'gid-of:%s' % one),
                           ('existing_directory', os.path.expanduser), ('existing_dirpath', os.path.expanduser)):
            setattr(module, name, stub)
    options.platform.node = lambda: 'HOST'
    options.tempfile.gettempdir = lambda: '/tmp'
    options.Options.import_spec = without_import
    options.UnhosedConfigParser = Watching
    os.chdir('/')


def octal(number):
    return None if number is None else '%04o' % number


def unread_keys(parser):
    found = {}
    for section in parser.sections():
        if section.startswith('ctlplugin:'):
            continue
        keys = list(parser.options(section))
        left = [key for key in keys if (section, key) not in parser.asked]
        known = section in ('supervisord', 'supervisorctl', 'include') or section.startswith(KNOWN_EMPTY)
        if left or (not keys and not known):
            found[section] = left
    return found


def process_fields(config):
    fields = {key: getattr(config, key) for key in config.req_param_names + config.optional_param_names}
    for channel in ('stdout', 'stderr'):
        if fields[channel + '_logfile'] is datatypes.Automatic:
            fields[channel + '_logfile'] = 'AUTO'
    always, unexpected = datatypes.RestartUnconditionally, datatypes.RestartWhenExitUnexpected
    fields['autorestart'] = {always: 'true', unexpected: 'unexpected'}.get(fields['autorestart'], 'false')
    fields['umask'] = octal(fields['umask'])
    fields['stopsignal'] = signal.Signals(fields['stopsignal']).name
    return fields


def group_fields(group):
    fields = {'name': group.name, 'priority': group.priority, 'type': 'program'}
    if isinstance(group, options.EventListenerPoolConfig):
        fields.update(type='eventlistener', buffer_size=group.buffer_size, result_handler=str(group.result_handler),
                      events=sorted(event.__name__ for event in group.pool_events))
    elif isinstance(group, options.FastCGIGroupConfig):
        socket = group.socket_config
        fields.update(type='fcgi', socket=socket.url, socket_backlog=socket.backlog)
        if isinstance(socket, datatypes.UnixStreamSocketConfig):
            fields.update(socket_mode=octal(socket.mode), socket_owner=None if socket.owner is None else list(socket.owner))
    fields['processes'] = [process_fields(config) for config in group.process_configs]
    return fields


def server_fields(server):
    fields = {key: server[key] for key in ('section', 'username', 'password')}
    if 'file' in server:
        return dict(fields, family='unix', file=server['file'], chmod=octal(server['chmod']), chown=list(server['chown']))
    return dict(fields, family='inet', host=server['host'], port=server['port'])


def daemon_fields(section):
    names = ('minfds minprocs directory user umask logfile logfile_maxbytes logfile_backups loglevel pidfile identifier '
             'nodaemon silent childlogdir nocleanup strip_ansi environment')
    fields = {name: getattr(section, name) for name in names.split()}
    fields['umask'] = octal(fields['umask'])
    levels = {number: name for name, number in vars(loggers.LevelsByDescription).items() if not name.startswith('_')}
    fields['loglevel'] = levels[fields['loglevel']]
    return fields


def attempt(kind, path, text):
    reader = kind()
    reader.configfile, reader.here = path, '/HERE'
    source = io.StringIO(text)
    source.name = path
    with contextlib.redirect_stderr(io.StringIO()):
        return reader, reader.read_config(source)


def reading(path):
    with open(path) as file:
        text = file.read()
    answer = {'file': os.path.basename(path), 'ok': False, 'error': '', 'fragment': False, 'auto_env': []}
    try:
        try:
            reader, section = attempt(options.ServerOptions, path, text)
        except ValueError as problem:
            if NO_MAIN_SECTION not in str(problem):
                raise
            answer['fragment'] = True
            reader, section = attempt(options.ServerOptions, path, text + '\n[supervisord]\n')
    except Exception as problem:
        answer['error'] = '%s: %s' % (type(problem).__name__, problem)
        return answer
    parser = PARSERS[-1]
    plugins = [{'name': name, 'factory': str(factory), 'extras': extras} for name, factory, extras in section.rpcinterface_factories]
    answer.update(ok=True, error=None, options=daemon_fields(section), rpcinterfaces=plugins,
                  servers=[server_fields(server) for server in section.server_configs],
                  groups=[group_fields(group) for group in section.process_group_configs],
                  parse_warnings=reader.parse_warnings, parse_infos=reader.parse_infos, unread=unread_keys(parser))
    try:
        _, client = attempt(options.ClientOptions, path, text)
        answer['client'] = {key: getattr(client, key) for key in ('serverurl', 'username', 'password', 'prompt', 'history_file')}
        answer['client'].update(ok=True, error=None)
    except Exception as problem:
        answer['client'] = {'ok': False, 'error': str(problem)}
    return answer


def main():
    replace_machine()
    for request in json.load(sys.stdin):
        os.environ.clear()
        os.environ.update(request['env'])
        del PARSERS[:]
        print(json.dumps(reading(request['path'])))


main()
