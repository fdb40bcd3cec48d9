import type { CiJob, CiRun } from '@bowline/gitops-providers';
import { type Paint, printable } from '../terminal.ts';

/** A run as `--json` shows it. */
export interface RunData {
  readonly id: string;
  readonly number: number | null;
  readonly name: string | null;
  readonly ref: string | null;
  readonly commit: string | null;
  readonly phase: CiRun['phase'];
  readonly result: NonNullable<CiRun['result']> | null;
  readonly url: string;
  /** ISO 8601. */
  readonly created_on: string;
  readonly started_on: string | null;
  readonly completed_on: string | null;
  readonly problem: string | null;
}

export function runData(run: CiRun): RunData {
  return {
    id: run.id,
    number: run.number ?? null,
    name: run.name ?? null,
    ref: run.ref ?? null,
    commit: run.sha ?? null,
    phase: run.phase,
    result: run.result ?? null,
    url: run.webUrl,
    created_on: run.createdAt,
    started_on: run.startedAt ?? null,
    completed_on: run.completedAt ?? null,
    problem: run.problem ?? null,
  };
}

/** How a run or job stands, in a word. */
export function stateText({ phase, result }: Pick<CiJob, 'phase' | 'result'>): string {
  return phase === 'completed' ? (result ?? phase) : phase;
}

/** One line, and the page of the run. */
export function runText(run: CiRun, paint: Paint): string {
  const state = stateText(run);
  const color = state === 'success' ? 'green' : run.phase === 'completed' ? 'red' : 'yellow';
  const name = [run.number === undefined ? run.id : `#${run.number}`, run.name, run.ref]
    .filter((part) => part !== undefined)
    .map((part) => printable(part))
    .join(' ');
  const lines = [`${paint(color, state)} ${name}`];
  if (run.problem !== undefined) lines.push(`  ${printable(run.problem)}`);
  if (run.webUrl !== '') lines.push(`  ${paint('cyan', printable(run.webUrl))}`);
  return lines.join('\n');
}
