// A question with several fields before something is done: each says what it takes, and what is wrong with it, at once.
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly initial?: string;
  /** What it takes, below it. */
  readonly hint?: string;
  readonly placeholder?: string;
  readonly options?: readonly string[];
  /** Must be filled. */
  readonly required?: boolean;
  /** What is wrong with it; '' where nothing is. */
  readonly check?: (value: string) => string;
}

export interface Form {
  readonly title: string;
  readonly act: string;
  readonly danger?: boolean;
  /** What will happen. */
  readonly says?: ComponentChildren;
  readonly fields?: readonly FormField[];
  readonly onAct: (values: Readonly<Record<string, string>>) => void;
}

function Field({ field, value, set, first }: { readonly field: FormField; readonly value: string; readonly set: (value: string) => void; readonly first: boolean }) {
  const id = useId();
  const wrong = field.check?.(value) ?? '';
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      <input
        id={id} value={value} placeholder={field.placeholder} autoFocus={first} autoComplete="off" spellcheck={false} list={field.options === undefined ? undefined : `${id}-options`}
        aria-describedby={`${id}-hint`} aria-invalid={wrong !== ''} onInput={(event) => set(event.currentTarget.value)}
      />
      {field.options === undefined ? null : <datalist id={`${id}-options`}>{field.options.map((one) => <option key={one} value={one} />)}</datalist>}
      <p id={`${id}-hint`} class={wrong === '' ? 'hint faint' : 'hint bad'}>{wrong === '' ? (field.hint ?? '') : wrong}</p>
    </div>
  );
}

export function FormDialog({ form, onClose }: { readonly form: Form; readonly onClose: () => void }) {
  const fields = form.fields ?? [];
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(fields.map((field) => [field.name, field.initial ?? ''])));
  const of = (field: FormField): string => values[field.name] ?? '';
  const ready = fields.every((field) => (field.check?.(of(field)) ?? '') === '' && (field.required !== true || of(field).trim() !== ''));
  return (
    <Dialog title={form.title} act={form.act} danger={form.danger ?? false} ready={ready} onClose={onClose} onAct={() => { onClose(); form.onAct(Object.fromEntries(fields.map((field) => [field.name, of(field).trim()]))); }}>
      {form.says === undefined ? null : <div class="says">{form.says}</div>}
      {fields.map((field, i) => <Field key={field.name} field={field} value={of(field)} set={(value) => setValues({ ...values, [field.name]: value })} first={i === 0} />)}
    </Dialog>
  );
}
