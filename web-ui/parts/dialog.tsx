// A question before something happens, in the browser's own modal dialog: focus stays in it, Escape says no.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { rememberFocus } from './focus.ts';

export interface DialogProps {
  readonly title: string;
  /** The words of the button that does it. */
  readonly act: string;
  readonly danger?: boolean;
  /** False: it cannot be done yet (a field is empty). */
  readonly ready?: boolean;
  readonly onAct: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, act, danger = false, ready = true, onAct, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const giveBack = rememberFocus();
    dialog.current?.showModal();
    return giveBack;
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      {/* Enter in a field does it; a form of method dialog would close by itself. */}
      <form onSubmit={(event) => { event.preventDefault(); if (ready) onAct(); }}>
        <h2 id={heading}>{title}</h2>
        {children}
        <div class="buttons">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={danger ? 'danger solid' : 'solid'} disabled={!ready}>{act}</button>
        </div>
      </form>
    </dialog>
  );
}
