// A log in a component: its lines within bounds, drawn at most once a frame however fast they come.
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { shortName } from '../../daemon/contract/names.ts';
import { LiveContext } from '../live/use-live.ts';
import { createLogBuffer, FILE_BOUNDS, LOG_BOUNDS } from './log-buffer.ts';
import type { LogBuffer } from './log-buffer.ts';
import { openLog } from './log-stream.ts';
import type { LogSource, LogState } from './log-stream.ts';

const HIDDEN_MS = 1000;

export interface Log {
  /** Changes in place. */
  readonly buffer: LogBuffer;
  readonly state: LogState;
  /** Counts up when something that is drawn may have changed. */
  readonly version: number;
  /** Draws anew, after the buffer was paused, resumed or cleared. */
  changed(): void;
  /** To be told after each drawing: at least so many ms pass before the next. */
  rest(ms: number): void;
  /** When the present drawing was asked for, as performance.now() has it. */
  drawnAt(): number;
}

/** The log of `source`, from its last lines on. */
export function useLog(source: LogSource): Log {
  const key = JSON.stringify(source);
  const live = useContext(LiveContext);
  const buffer = useMemo(() => createLogBuffer(source.kind === 'file' ? FILE_BOUNDS : LOG_BOUNDS), [key]);
  const [state, setState] = useState<LogState>({ state: 'connecting' });
  const [version, setVersion] = useState(0);
  const asked = useRef(false);
  const pause = useRef(0);
  const drawn = useRef(0);
  const changed = useMemo(() => () => {
    if (asked.current) return;
    asked.current = true;
    const draw = (): void => {
      asked.current = false;
      drawn.current = performance.now();
      setVersion((n) => n + 1);
    };
    if (document.visibilityState === 'visible' && pause.current > 0) setTimeout(() => requestAnimationFrame(draw), pause.current);
    else if (document.visibilityState === 'visible') requestAnimationFrame(draw);
    else setTimeout(draw, HIDDEN_MS);
  }, []);
  useEffect(() => {
    let on = true;
    const log = openLog(source, {
      onPiece({ name, channel, text, at }) {
        buffer.add(name, channel, text, at);
        changed();
      },
      onGap({ name, channel, says }) {
        buffer.cut(name, channel);
        buffer.note(source.kind === 'processes' ? `${shortName(name)}, ${channel}: ${says}` : says);
        changed();
      },
      onAnew() {
        buffer.clear();
        changed();
      },
      onNote(text) {
        buffer.note(text);
        changed();
      },
      onState(next) {
        if (!on) return;
        setState(next);
        // What came with it is drawn with it: the count of lines says that they are there.
        setVersion((n) => n + 1);
      },
    });
    // A log may be silent for hours: whether its connection still lives is known from the one that never is.
    let was = live?.link.state;
    const unsubscribe = live?.subscribe(() => {
      const now = live.link.state;
      if (now === 'live' && was === 'lost') log.again();
      was = now === 'connecting' ? was : now;
    });
    const deaf = live?.onFact((fact) => {
      if (fact.type === 'process.added' || fact.type === 'process.spawned') log.changed();
    });
    return () => {
      on = false;
      deaf?.();
      unsubscribe?.();
      log.close();
    };
  }, [key]);
  return { buffer, state, version, changed, rest: (ms) => { pause.current = ms; }, drawnAt: () => drawn.current };
}
