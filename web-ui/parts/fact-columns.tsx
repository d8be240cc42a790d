// Facts as rows: what every list of them shows.
import type { Fact } from '../../daemon/contract/facts.ts';
import { severityOf } from '../../daemon/contract/severities.ts';
import { wordsOf } from '../fact-words.ts';
import { SEVERITY_TONES } from '../tones.ts';
import { Badge } from './badge.tsx';
import type { Column } from './table.tsx';
import { Clock } from './time.tsx';

/** When it happened. */
export const TIME: Column<Fact> = { id: 'at', title: 'Time', width: '8.5rem', cell: (fact) => <Clock at={fact.at} /> };
/** How bad it is; left out where there is no room. */
export const SEVERITY: Column<Fact> = { id: 'severity', title: 'Severity', width: '6.8rem', drop: 3, cell: (fact) => <Badge tone={SEVERITY_TONES[severityOf(fact)]}>{severityOf(fact)}</Badge> };
/** The fact as a sentence. */
export const WHAT: Column<Fact> = { id: 'words', title: 'What', width: 'minmax(10rem, 3fr)', cell: (fact) => <span title={wordsOf(fact)}>{wordsOf(fact)}</span> };

/** Class of a row: what is wrong has an edge. */
export const factClass = (fact: Fact): string => `event ${SEVERITY_TONES[severityOf(fact)]}-edge`;
