/** One job of a pipeline. */
export interface JobState {
  readonly id: number;
  readonly name: string;
  status: string;
  failureReason: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  log: string | undefined;
}

/** One pipeline. */
export interface SimulatedPipeline {
  readonly id: number;
  readonly iid: number;
  readonly ref: string;
  readonly sha: string;
  status: string;
  yamlErrors: string | null;
  readonly variables: readonly { readonly key: string; readonly value: string }[];
  readonly createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  readonly jobs: JobState[];
  /** Jobs that start a pipeline elsewhere. */
  readonly bridges: JobState[];
}

/** A variable of the project. */
export interface VariableState {
  readonly key: string;
  value: string;
  masked: boolean;
  readonly hidden: boolean;
  raw: boolean;
  readonly environmentScope: string;
}

/** The CI of one project, moved on by the test in place of runners. */
export class PipelineState {
  readonly runs: SimulatedPipeline[] = [];
  readonly variables: VariableState[] = [];
  /** False before 17.4, where nothing but masking is known. */
  hides = true;
  /** False where a proxy or an object store before GitLab does not keep to ranges. */
  ranges = true;
  readonly #now: () => string;
  #last = 500;

  constructor(now: () => string) {
    this.#now = now;
  }

  /** Counts up, over pipelines and jobs alike. */
  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  add(run: Pick<SimulatedPipeline, 'ref' | 'sha' | 'variables'>): SimulatedPipeline {
    const made: SimulatedPipeline = {
      ...run,
      id: this.nextId(),
      iid: this.runs.length + 1,
      status: 'pending',
      yamlErrors: null,
      createdAt: this.#now(),
      startedAt: null,
      finishedAt: null,
      jobs: [],
      bridges: [],
    };
    made.jobs.push(this.#job('deploy'));
    this.runs.push(made);
    return made;
  }

  #job(name: string): JobState {
    return {
      id: this.nextId(),
      name,
      status: 'pending',
      failureReason: null,
      startedAt: null,
      finishedAt: null,
      log: undefined,
    };
  }

  find(id: string): SimulatedPipeline | undefined {
    return this.runs.find((run) => String(run.id) === id);
  }

  job(id: string): JobState | undefined {
    return this.runs.flatMap(({ jobs }) => jobs).find((job) => String(job.id) === id);
  }

  #require(id: string): { readonly run: SimulatedPipeline; readonly job: JobState } {
    const run = this.find(id);
    const job = run?.jobs.at(-1);
    if (run === undefined || job === undefined) throw new Error(`no pipeline ${id}`);
    return { run, job };
  }

  /** Takes a run to its job, running with an empty log, and returns the id of that. */
  start(id: string): string {
    const { run, job } = this.#require(id);
    run.status = 'running';
    run.startedAt ??= this.#now();
    job.status = 'running';
    job.startedAt = this.#now();
    job.log = '';
    return String(job.id);
  }

  write(id: string, text: string): void {
    const job = this.job(id);
    if (job === undefined) throw new Error(`no job ${id}`);
    job.log = `${job.log ?? ''}${text}`;
  }

  finish(
    id: string,
    status: 'success' | 'failed' | 'canceled',
    reason: string | null = null,
  ): void {
    const { run, job } = this.#require(id);
    const now = this.#now();
    Object.assign(job, { status, finishedAt: now, failureReason: reason });
    Object.assign(run, { status, finishedAt: now });
  }

  /** Does what has failed once more, in the same pipeline: the job of then is replaced by a new one. */
  retry(run: SimulatedPipeline): void {
    const failed = run.jobs.filter(({ status }) => status === 'failed' || status === 'canceled');
    for (const job of failed) run.jobs.splice(run.jobs.indexOf(job), 1, this.#job(job.name));
    if (failed.length > 0) Object.assign(run, { status: 'pending', finishedAt: null });
  }
}
