/** A job of a run; each run has one. */
export interface JobState {
  readonly id: number;
  readonly name: string;
  readonly attempt: number;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  log: string;
}

export interface RunState {
  readonly id: number;
  readonly number: number;
  readonly workflow: string;
  readonly branch: string;
  readonly sha: string;
  readonly inputs: unknown;
  readonly createdAt: string;
  attempt: number;
  startedAt: string;
  updatedAt: string;
  status: 'queued' | 'pending' | 'in_progress' | 'waiting' | 'completed';
  conclusion: string | null;
  readonly jobs: JobState[];
  /** How many lists it is not in yet. */
  hiddenLists: number;
}

/** The variables and secrets of a repository or of one of its environments, by name. */
export interface VariableSpace {
  readonly variables: Map<string, string>;
  /** Sealed values in base64. */
  readonly secrets: Map<string, string>;
}

/** GitHub Actions of one repository. Nothing runs by itself: the test moves each run on. */
export class ActionsState {
  readonly runs: RunState[] = [];
  /** The workflows that can be started by hand. */
  readonly workflows = new Set(['deploy.yml']);
  readonly space: VariableSpace = { variables: new Map(), secrets: new Map() };
  readonly environments = new Map<string, VariableSpace>([
    ['production', { variables: new Map(), secrets: new Map() }],
  ]);
  /** False for a server that does not say which run came of a dispatch, and does not know that one may ask. */
  runDetails = true;
  /** How many times the runs are listed before one that is started now shows up. */
  hiddenLists = 0;
  /** How many times the log of a completed job is asked for before it is there. */
  lateLogs = 0;
  readonly #now: () => string;
  readonly #nextId: () => number;

  constructor(now: () => string, nextId: () => number) {
    this.#now = now;
    this.#nextId = nextId;
  }

  add(input: {
    readonly workflow: string;
    readonly branch: string;
    readonly sha: string;
    readonly inputs: unknown;
  }): RunState {
    const now = this.#now();
    const run: RunState = {
      ...input,
      id: this.#nextId(),
      number: this.runs.length + 1,
      createdAt: now,
      attempt: 1,
      startedAt: now,
      updatedAt: now,
      status: 'queued',
      conclusion: null,
      jobs: [],
      hiddenLists: this.hiddenLists,
    };
    this.runs.push(run);
    this.#addJob(run);
    return run;
  }

  #addJob(run: RunState): void {
    run.jobs.push({
      id: this.#nextId(),
      name: 'deploy',
      attempt: run.attempt,
      status: 'queued',
      conclusion: null,
      startedAt: null,
      completedAt: null,
      log: '',
    });
  }

  find(id: string): RunState | undefined {
    return this.runs.find((run) => String(run.id) === id);
  }

  job(id: string): JobState | undefined {
    return this.runs.flatMap(({ jobs }) => jobs).find((job) => String(job.id) === id);
  }

  #last(id: string): { readonly run: RunState; readonly job: JobState } {
    const run = this.find(id);
    const job = run?.jobs.at(-1);
    if (run === undefined || job === undefined) throw new Error(`no run ${id}`);
    return { run, job };
  }

  /** Starts the job of a run. @returns Its id. */
  start(id: string): string {
    const { run, job } = this.#last(id);
    run.status = 'in_progress';
    Object.assign(job, { status: 'in_progress', startedAt: this.#now() });
    return String(job.id);
  }

  write(id: string, text: string): void {
    const job = this.job(id);
    if (job === undefined) throw new Error(`no job ${id}`);
    job.log += text;
  }

  /** Completes a run and its job. */
  finish(id: string, conclusion: string): void {
    const { run, job } = this.#last(id);
    const now = this.#now();
    Object.assign(run, { status: 'completed', conclusion, updatedAt: now });
    Object.assign(job, { status: 'completed', conclusion, completedAt: now });
  }

  /** Begins another attempt of a run. */
  again(run: RunState): void {
    run.attempt += 1;
    const now = this.#now();
    Object.assign(run, { status: 'queued', conclusion: null, startedAt: now, updatedAt: now });
    this.#addJob(run);
  }
}
