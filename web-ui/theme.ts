// Light or dark: as the system has it, until somebody chooses.
const KEY = 'reeve-theme';

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // A browser may forbid storage; the system's choice holds then.
    return null;
  }
}

export function applyTheme(): void {
  const chosen = stored();
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
}

/** The other one, and remembered. */
export function toggleTheme(): void {
  const now = document.documentElement.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds for this page alone, then.
  }
}
