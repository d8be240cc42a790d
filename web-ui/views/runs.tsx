// Runs of all jobs; or one of them: run.tsx.
import { useJobTools } from '../job-tools.tsx';
import { DrainBanner, JobTabs } from '../parts/job-frame.tsx';
import { RunTable } from '../parts/run-table.tsx';
import { ViewTitle } from '../parts/view-title.tsx';
import type { ViewProps } from '../views.ts';
import { Run } from './run.tsx';

function RunList() {
  const tools = useJobTools();
  return (
    <>
      <ViewTitle title="Runs" />
      <JobTabs at="runs" />
      <DrainBanner tools={tools} />
      <RunTable job="" />
      {tools.dialog}
    </>
  );
}

export default function Runs({ rest }: ViewProps) {
  const [id] = rest;
  return id === undefined ? <RunList /> : <Run key={id} id={id} />;
}
