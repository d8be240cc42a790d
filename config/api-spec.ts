// Who may reach the control API, where, and how the client finds it: [api], [ctl] and what supervisord calls them.

/** One listener of the control API. */
export interface ListenSpec {
  readonly address: { readonly unix: string } | { readonly host: string; readonly port: number };
  /** Unix socket: mode bits, owner as `user:group` or null. */
  readonly mode: number;
  readonly owner: string | null;
  /** INI: these credentials and no others for this listener. */
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** INI: a server without a password is honoured on any address (with a CRIT line); TOML: only with auth = "none". */
  readonly open: boolean;
}

/** What somebody may do; each includes those before it. */
export type Role = 'read' | 'operate' | 'admin';

/** Somebody who logs in with a name and a password. */
export interface UserSpec {
  readonly name: string;
  /** scrypt:… , {SHA}hex, or plain text. */
  readonly password: string;
  readonly role: Role;
}

/** A bearer token, for programs. */
export interface TokenSpec {
  readonly name: string;
  readonly token: string;
  readonly role: Role;
}

/** [api], [unix_http_server], [inet_http_server]. */
export interface ApiSpec {
  /** Empty: the default unix socket of the runtime directory. */
  readonly listen: readonly ListenSpec[];
  readonly probeListen: { readonly host: string; readonly port: number } | null;
  readonly users: readonly UserSpec[];
  readonly tokens: readonly TokenSpec[];
  /** Extra names accepted in Host and Origin beside the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Serve the web page at /. */
  readonly ui: boolean;
  /** Who is unhealthy is not ready for /readyz either. */
  readonly readyzHealth: boolean;
}

/** [supervisorctl] or [ctl]: how the client finds the daemon. */
export interface CtlSpec {
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string;
  /** File of the interactive shell's history, absolute; null: none is kept. */
  readonly historyFile: string | null;
}
