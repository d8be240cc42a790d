// What is asked of the daemon by hand: first what will happen is said where it ends or changes something, then it is asked, then its end
// is told: per target, in the daemon's own words.
import { createContext } from 'preact';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Operation } from '../daemon/contract/answers.ts';
import type { RestAnswers } from '../daemon/contract/rest.ts';
import { ask, AskError } from './ask.ts';
import type { Values } from './ask.ts';
import { Dialog } from './parts/dialog.tsx';
import { usePlace } from './router.ts';
import { isolated, listed } from './words.ts';

/** Routes that answer with an operation. */
export type DeedRoute = { [N in keyof RestAnswers]: RestAnswers[N] extends Operation ? N : never }[keyof RestAnswers];

export interface Deed {
  readonly route: DeedRoute;
  readonly values: Values;
  /** What is done, for the notice: `Restart web`. */
  readonly title: string;
  /** What will happen, for whoever must agree first; absent: it is done at once. */
  readonly confirm?: { readonly says: ComponentChildren; readonly act: string; readonly danger?: boolean };
  /** Called with its end. */
  readonly onEnd?: (operation: Operation) => void;
}

export interface Question {
  readonly title: string;
  readonly label: string;
  readonly initial: string;
  readonly act: string;
  readonly says?: ComponentChildren;
  /** What may be chosen or begun with. */
  readonly options?: readonly string[];
  readonly onAnswer: (value: string) => void;
}

export interface Deeds {
  /** Does it, after a yes where one is needed. */
  run(deed: Deed): void;
  /** Asks for one word or number first. */
  ask(question: Question): void;
  /** Says something in passing. */
  tell(notice: { readonly tone: 'good' | 'bad' | 'plain'; readonly title: string; readonly text?: string }): void;
  /** Says that something was not done, and why. */
  tellFailure(title: string, error: unknown): void;
}

interface Notice {
  readonly id: number;
  readonly tone: 'good' | 'bad' | 'busy' | 'plain';
  readonly title: string;
  readonly text: string;
}

/** Notices at once; older ones give way. */
const MAX_NOTICES = 4;
const GOOD_MS = 5000;
/** How long one request waits for the end of an operation; it is asked again after that. */
const PATIENCE = '30s';

const DeedsContext = createContext<Deeds | null>(null);

export function useDeeds(): Deeds {
  const deeds = useContext(DeedsContext);
  if (deeds === null) throw new Error('a view stands outside of the page');
  return deeds;
}

/** What became of it, in a sentence or two. */
export function outcome(operation: Operation): { readonly ok: boolean; readonly text: string } {
  const failed = operation.targets.filter((target) => target.outcome === 'error');
  if (failed.length === 0) {
    const words = new Set(operation.targets.map((target) => target.message).filter((text) => text !== '' && text !== 'OK'));
    return { ok: true, text: words.size === 1 && operation.targets.length === 1 ? ([...words][0] ?? '') : operation.targets.length > 1 ? `${operation.targets.length} of ${operation.targets.length}` : '' };
  }
  const first = failed.slice(0, 3).map((target) => `${isolated(target.name)}: ${target.message}`).join('; ');
  return { ok: false, text: failed.length > 3 ? `${first}; and ${failed.length - 3} more` : first };
}

/** What is told of something that the daemon refused, or could not be asked. */
function failure(title: string, error: unknown): Omit<Notice, 'id'> {
  return { tone: 'bad', title: `${title}: not done`, text: error instanceof AskError ? `${error.message}. ${error.advice}` : String(error) };
}

async function ended(begun: Operation): Promise<Operation> {
  let now = begun;
  while (now.endedAt === null) now = await ask('operation', { id: begun.id, wait: PATIENCE });
  return now;
}

function Ask({ question, onClose }: { readonly question: Question; readonly onClose: () => void }) {
  const [value, setValue] = useState(question.initial);
  const answer = (): void => {
    onClose();
    question.onAnswer(value.trim());
  };
  return (
    <Dialog title={question.title} act={question.act} ready={value.trim() !== ''} onAct={answer} onClose={onClose}>
      {question.says === undefined ? null : <p>{question.says}</p>}
      <label class="field">{question.label}
        <input value={value} list={question.options === undefined ? undefined : 'question-options'} onInput={(event) => setValue(event.currentTarget.value)} autoFocus />
      </label>
      {question.options === undefined ? null : <datalist id="question-options">{question.options.map((one) => <option key={one} value={one} />)}</datalist>}
    </Dialog>
  );
}

/** Everything below it may use `useDeeds`. */
export function DeedsPlace({ children }: { readonly children: ComponentChildren }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const [waiting, setWaiting] = useState<Deed | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const next = useRef(1);
  const mounted = useRef(true);
  useEffect(() => () => { mounted.current = false; }, []);
  // Whoever goes back to another view has answered: a question does not follow there.
  const view = usePlace().parts.join('/');
  useEffect(() => {
    setWaiting(null);
    setQuestion(null);
  }, [view]);

  const deeds = useMemo((): Deeds => {
    const remove = (id: number): void => setNotices((all) => all.filter((one) => one.id !== id));
    const put = (notice: Omit<Notice, 'id'>, id = next.current++): number => {
      if (!mounted.current) return id;
      setNotices((all) => [...all.filter((one) => one.id !== id).slice(1 - MAX_NOTICES), { ...notice, id }]);
      if (notice.tone === 'good' || notice.tone === 'plain') setTimeout(() => remove(id), GOOD_MS);
      return id;
    };
    const begin = async (deed: Deed): Promise<void> => {
      const id = put({ tone: 'busy', title: deed.title, text: 'asked …' });
      try {
        const begun = (await ask(deed.route, deed.values)) as Operation;
        const operation = await ended(begun);
        const { ok, text } = outcome(operation);
        put({ tone: ok ? 'good' : 'bad', title: ok ? `${deed.title}: done` : `${deed.title}: not done`, text }, id);
        deed.onEnd?.(operation);
      } catch (error) {
        put(failure(deed.title, error), id);
      }
    };
    return {
      run(deed) {
        if (deed.confirm === undefined) void begin(deed);
        else setWaiting(deed);
      },
      ask: setQuestion,
      tell: ({ tone, title, text = '' }) => void put({ tone, title, text }),
      tellFailure: (title, error) => void put(failure(title, error)),
    };
  }, []);

  return (
    <DeedsContext.Provider value={deeds}>
      {children}
      {waiting?.confirm === undefined ? null : (
        <Dialog
          title={`${waiting.title}?`} act={waiting.confirm.act} danger={waiting.confirm.danger ?? false} onClose={() => setWaiting(null)}
          onAct={() => {
            const { confirm: _agreed, ...deed } = waiting;
            setWaiting(null);
            deeds.run(deed);
          }}
        >
          <div class="says">{waiting.confirm.says}</div>
        </Dialog>
      )}
      {question === null ? null : <Ask key={question.title} question={question} onClose={() => setQuestion(null)} />}
      <div class="notices" role="status" aria-live="polite">
        {notices.map((notice) => (
          <div key={notice.id} class={`notice ${notice.tone}`}>
            <p><strong>{notice.title}</strong>{notice.text === '' ? null : <span>{notice.text}</span>}</p>
            <button type="button" class="icon" aria-label={`Dismiss: ${notice.title}`} onClick={() => setNotices((all) => all.filter((one) => one.id !== notice.id))}>✕</button>
          </div>
        ))}
      </div>
    </DeedsContext.Provider>
  );
}

/** `web`, or `web, api and 3 more`: whom a deed is about. */
export function subjectOf(names: readonly string[]): string {
  return listed(names, 3);
}
