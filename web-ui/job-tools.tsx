// What whoever deals with jobs has at hand, and how something is begun that may go on for hours.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Operation } from '../daemon/contract/answers.ts';
import { ask } from './ask.ts';
import type { Values } from './ask.ts';
import { outcome, useDeeds } from './deeds.tsx';
import type { DeedRoute, Deeds } from './deeds.tsx';
import type { Live } from './live/live.ts';
import { useLive } from './live/use-live.ts';
import { FormDialog } from './parts/form-dialog.tsx';
import type { Form } from './parts/form-dialog.tsx';
import { useSession } from './session.ts';
import type { Session } from './session.ts';

/** What a view of jobs acts with. */
export interface JobTools {
  readonly live: Live;
  readonly deeds: Deeds;
  readonly session: Session;
  /** Asks first, with fields. */
  open(form: Form): void;
  /** To be drawn somewhere in the view. */
  readonly dialog: ComponentChildren;
}

/** For a view of jobs, or a part of one. */
export function useJobTools(): JobTools {
  const live = useLive();
  const deeds = useDeeds();
  const session = useSession();
  const [form, setForm] = useState<Form | null>(null);
  return { live, deeds, session, open: setForm, dialog: form === null ? null : <FormDialog key={form.title} form={form} onClose={() => setForm(null)} /> };
}

/** So long is waited for a quick no; what takes longer has begun. */
const PATIENCE = '500ms';

/** Begins what may go on for hours: told when it has begun, or why it has not. Resolves with the operation, or null. */
export async function begin(deeds: Deeds, route: DeedRoute, values: Values, title: string, said: (operation: Operation) => string): Promise<Operation | null> {
  try {
    const operation = (await ask(route, { ...values, wait: PATIENCE })) as Operation;
    const end = outcome(operation);
    deeds.tell(end.ok ? { tone: 'good', title, text: said(operation) } : { tone: 'bad', title: `${title}: not done`, text: end.text });
    return operation;
  } catch (error) {
    deeds.tellFailure(title, error);
    return null;
  }
}

/** Ids of the runs that an operation made. */
export const runsOf = (operation: Operation): readonly string[] => operation.targets.flatMap((target) => target.run ?? []);
