// Who had the focus before something took it, and gets it back.

/**
 * Remembers who has the focus now; the answer gives it back. Where that one is gone meanwhile (its row was removed, or no longer answers to
 * the filter), the view gets it: the browser would leave it to nobody, and the keys with it. For layout effects: what is given back with
 * the next frame only leaves a moment in which a key is nobody's.
 */
export function rememberFocus(): () => void {
  const before = document.activeElement;
  return () => {
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else document.querySelector('main')?.focus({ preventScroll: true });
  };
}
