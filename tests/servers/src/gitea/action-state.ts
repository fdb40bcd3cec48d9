/** One run of a workflow, with its one job. */
export interface RunState {
  readonly id: number;
  readonly number: number;
  readonly workflow: string;
  readonly branch: string;
  readonly sha: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly job: number;
  attempt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | undefined;
  startedAt: string | undefined;
  completedAt: string | undefined;
  log: Buffer | undefined;
}

/** The Actions of one repository, moved on by a test in place of runners. */
export class ActionState {
  readonly runs: RunState[] = [];
  readonly variables = new Map<string, string>();
  readonly secrets = new Map<string, string>();
  /** True answers a dispatch with 204 and says nothing of the run, as Gitea 1.24 does. */
  silent = false;
  readonly #now: () => string;

  constructor(now: () => string) {
    this.#now = now;
  }

  /** Makes a run that waits for a runner. */
  dispatch(input: Pick<RunState, 'workflow' | 'branch' | 'sha' | 'inputs'>): RunState {
    const number = this.runs.length + 1;
    const run: RunState = {
      ...input,
      id: number + 500,
      number,
      job: number + 9000,
      createdAt: this.#now(),
      attempt: 1,
      status: 'queued',
      conclusion: undefined,
      startedAt: undefined,
      completedAt: undefined,
      log: undefined,
    };
    this.runs.push(run);
    return run;
  }

  run(id: string): RunState | undefined {
    return this.runs.find((run) => String(run.id) === id);
  }

  ofJob(id: string): RunState | undefined {
    return this.runs.find((run) => String(run.job) === id);
  }

  /** Gives the run to a runner. */
  start(id: string): string {
    const run = this.#require(this.run(id), id);
    run.status = 'in_progress';
    run.startedAt = this.#now();
    run.log = Buffer.alloc(0);
    return String(run.job);
  }

  write(job: string, text: string): void {
    const run = this.#require(this.ofJob(job), job);
    run.log = Buffer.concat([run.log ?? Buffer.alloc(0), Buffer.from(text, 'utf8')]);
  }

  finish(id: string, conclusion: string): void {
    const run = this.#require(this.run(id), id);
    run.status = 'completed';
    run.conclusion = conclusion;
    run.completedAt = this.#now();
  }

  /** Begins another attempt of a run. */
  again(run: RunState): void {
    run.attempt += 1;
    run.status = 'queued';
    run.conclusion = undefined;
    run.startedAt = undefined;
    run.completedAt = undefined;
    run.log = undefined;
  }

  #require(run: RunState | undefined, id: string): RunState {
    if (run === undefined) throw new Error(`no run or job ${id}`);
    return run;
  }
}
