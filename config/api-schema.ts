// Keys of [api] and [ctl], and of [supervisorctl].
import * as kind from './kinds.ts';
import { listeners } from './listen-kind.ts';
import { key, tableList } from './table.ts';
import type { Values } from './table.ts';

const role = key(kind.oneOf('read', 'operate', 'admin'), 'What the bearer may do.', '"operate"', { fallback: 'read' });

/** [[api.users]]. */
export const userKeys = {
  name: key(kind.filledString, 'Name for basic auth.', '"ann"'),
  password: key(kind.secret, 'Password: `scrypt:…`, `{SHA}hex`, or plain text.', '"scrypt:..."'),
  password_file: key(kind.path, 'File that holds the password.', '"/run/secrets/ann"'),
  role,
};

/** [[api.tokens]]. */
export const tokenKeys = {
  name: key(kind.filledString, 'Name of the token in the audit trail.', '"deploy"'),
  token: key(kind.secret, 'The bearer token.', '"..."'),
  token_file: key(kind.path, 'File that holds the token.', '"/run/secrets/deploy"'),
  role,
};

/** [api]. */
export const apiKeys = {
  listen: key(
    listeners,
    'Where the control API listens: `unix:/path`, `host:port`, `*:port` or `:port` (every interface); or tables `{ address, username, password, mode, owner }` for what one listener has of its own.',
    '["unix:/run/reeve/reeve.sock", "127.0.0.1:9001"]',
    { fallbackText: 'a unix socket in `runtime_dir`' },
  ),
  auth: key(kind.oneOf('none'), '"none" gives everybody who reaches a listener every right.', '"none"', {
    fallbackText: 'credentials decide; TCP without any serves the read role on loopback',
  }),
  users: key(
    tableList(userKeys, ['name']),
    'People: name, password (or password_file) and role.',
    '[{ name = "ann", password_file = "/run/secrets/ann", role = "admin" }]',
    { fallbackText: 'none' },
  ),
  tokens: key(
    tableList(tokenKeys, ['name']),
    'Programs: name, token (or token_file) and role.',
    '[{ name = "deploy", token_file = "/run/secrets/deploy", role = "operate" }]',
    { fallbackText: 'none' },
  ),
  probe_listen: key(kind.filledString, 'Serves `/livez`, `/readyz` and `/metrics`, and nothing else, to anyone.', '"0.0.0.0:9002"', {
    fallbackText: 'none',
  }),
  allowed_hosts: key(kind.strings, 'Names accepted in Host and Origin beside the loopback ones.', '["ops.example.com"]', { fallback: [] }),
  ui: key(kind.boolean, 'Serve the web page at `/` of every TCP listener; `reevectl ui` prints its address.', 'false', { fallback: true }),
  readyz_health: key(kind.boolean, '`/readyz` also says no while a process that is up is unhealthy or stuck.', 'true', { fallback: false }),
  socket_mode: key(kind.umask, 'Mode bits of unix sockets, octal.', '"0770"', { fallback: 0o700 }),
  socket_owner: key(kind.filledString, 'Owner of unix sockets: `user` or `user:group`.', '"root:adm"', {
    fallbackText: "the daemon's user",
  }),
};

/** [ctl], and [supervisorctl]. */
export const ctlKeys = {
  server_url: key(kind.filledString, 'Where reevectl finds the daemon.', '"unix:///run/reeve/reeve.sock"', {
    fallbackText: 'the first listener of [api]',
  }),
  username: key(kind.filledString, 'Name for basic auth.', '"ann"', { fallbackText: 'none' }),
  password: key(kind.secret, 'Password for basic auth.', '"..."', { fallbackText: 'none' }),
  password_file: key(kind.path, 'File that holds the password.', '"/run/secrets/ann"', { fallbackText: 'none' }),
  prompt: key(kind.filledString, 'Prompt of the interactive shell.', '"shop"', { fallback: 'reeve', iniFallback: 'supervisor' }),
  history_file: key(kind.path, "File of the interactive shell's history.", '"~/.reeve_history"', { fallbackText: 'none' }),
};
/** [api] as it was written: absent keys are absent. */
export type ApiValues = Values<typeof apiKeys>;
