// How a process is configured: every setting that is in force.
import { useAnswer } from '../live/use-answer.ts';
import { ConfigTable } from '../parts/config-table.tsx';
import { Loading, Problem } from '../parts/notice.tsx';
import type { ProcessTabProps } from './process.tsx';

export function ProcessConfig({ row }: ProcessTabProps) {
  const answer = useAnswer('process-config', { name: row.id });
  if (answer.value !== null) return <ConfigTable config={answer.value} />;
  return answer.error === null ? <Loading /> : <Problem error={answer.error} again={answer.again} />;
}
