// The door: name and password, or a token.
import { useState } from 'preact/hooks';
import { AskError } from '../ask.ts';
import { logIn } from '../session.ts';
import type { Session } from '../session.ts';

/** `putOut`: whoever was in is asked again. */
export function Login({ session, putOut, onIn }: { readonly session: Session; readonly putOut: boolean; readonly onIn: (session: Session) => void }) {
  const { users, tokens } = session.login;
  const [byToken, setByToken] = useState(!users && tokens);
  const [name, setName] = useState('');
  const [secret, setSecret] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    logIn(byToken ? { token: secret } : { name, password: secret })
      .then(onIn, (problem: Error) => setError(problem))
      .finally(() => setBusy(false));
  };
  return (
    <main class="login">
      <form onSubmit={submit}>
        <h1>reeve</h1>
        <p class="faint">This server wants to know who you are.</p>
        {putOut ? <p role="status">Your session is over: it was not used for long, or reeved was restarted. Log in, and you are where you were.</p> : null}
        {byToken ? null : (
          <label class="field">User
            <input name="username" autoComplete="username" autoCapitalize="none" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} required autoFocus />
          </label>
        )}
        <label class="field">{byToken ? 'Token' : 'Password'}
          <input name="password" type="password" autoComplete={byToken ? 'off' : 'current-password'} value={secret} onInput={(event) => setSecret(event.currentTarget.value)} required autoFocus={byToken} />
        </label>
        {/* The daemon's advice for a wrong password is about reevectl's options. */}
        {error === null ? null : <p class="problem" role="alert"><strong>{error.message}</strong>{error instanceof AskError && error.code !== 'UNAUTHENTICATED' ? ` ${error.advice}` : ''}</p>}
        <div class="buttons">
          {users && tokens ? <button type="button" onClick={() => setByToken(!byToken)}>{byToken ? 'Use name and password' : 'Use a token'}</button> : null}
          <button type="submit" class="solid" disabled={busy}>Log in</button>
        </div>
      </form>
    </main>
  );
}
