// What a probe asks, for people.
import { printDuration } from '../../config/duration.ts';
import { addressWords } from '../../config/health-kind.ts';
import { redactText } from '../../config/redact.ts';
import type { ProbeSpec } from '../../config/health-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';

/** A URL, an address, a command, without the marked secrets of the program. */
export function probeTarget(spec: ProbeSpec, of: ProcessSpec): string {
  return redactText(targetOf(spec), of);
}

function targetOf(spec: ProbeSpec): string {
  switch (spec.kind) {
    case 'http': return `${spec.method === 'GET' ? '' : `${spec.method} `}${spec.url}${spec.unix === null ? '' : ` over ${spec.unix}`}`;
    case 'tcp': return addressWords(spec.address);
    case 'exec': return spec.command.text;
    case 'heartbeat': return '';
    case 'silence': return `${spec.reports ? 'no output, no sign of life' : 'no output'} for ${printDuration(spec.afterMs)}`;
    default: return spec satisfies never;
  }
}
