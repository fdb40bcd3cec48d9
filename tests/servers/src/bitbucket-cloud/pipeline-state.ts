import { randomUUID } from 'node:crypto';

export interface StepState {
  readonly uuid: string;
  readonly name: string;
  state: 'PENDING' | 'IN_PROGRESS' | 'COMPLETED';
  result: string | undefined;
  startedOn: string | undefined;
  completedOn: string | undefined;
  /** `undefined` until the step has begun. */
  log: string | undefined;
}

export interface PipelineVariable {
  readonly uuid: string;
  key: string;
  value: string;
  secured: boolean;
}

export interface PipelineRun {
  readonly uuid: string;
  readonly number: number;
  readonly target: Record<string, unknown>;
  readonly variables: readonly PipelineVariable[];
  readonly trigger: 'manual' | 'push';
  readonly createdOn: string;
  completedOn: string | undefined;
  state: 'PENDING' | 'IN_PROGRESS' | 'COMPLETED';
  /** Of a run that is at work: `RUNNING`, `PAUSED`, `HALTED`. */
  stage: string;
  result: string | undefined;
  error: string | undefined;
  readonly steps: StepState[];
}

const uuid = () => `{${randomUUID()}}`;

/** The pipelines of one repository. Nothing runs by itself: the test moves each of them on. */
export class PipelineState {
  readonly runs: PipelineRun[] = [];
  readonly variables: PipelineVariable[] = [];
  readonly environments: {
    readonly uuid: string;
    readonly name: string;
    readonly variables: PipelineVariable[];
  }[] = [{ uuid: uuid(), name: 'Production', variables: [] }];
  /** The custom pipelines of `bitbucket-pipelines.yml`. */
  readonly custom = new Set(['deploy']);
  /** True when logs of completed steps lie on another host. */
  storage = true;
  /** True when a part of a log can be asked for. */
  ranges = true;
  readonly #now: () => string;

  constructor(now: () => string) {
    this.#now = now;
  }

  add(
    target: Record<string, unknown>,
    variables: readonly PipelineVariable[],
    trigger: PipelineRun['trigger'] = 'manual',
  ): PipelineRun {
    const run: PipelineRun = {
      uuid: uuid(),
      number: this.runs.length + 1,
      target,
      variables,
      trigger,
      createdOn: this.#now(),
      completedOn: undefined,
      state: 'PENDING',
      stage: 'RUNNING',
      result: undefined,
      error: undefined,
      steps: [
        {
          uuid: uuid(),
          name: 'Deploy',
          state: 'PENDING',
          result: undefined,
          startedOn: undefined,
          completedOn: undefined,
          log: undefined,
        },
      ],
    };
    this.runs.push(run);
    return run;
  }

  /** Finds a run by its UUID or number. */
  find(id: string): PipelineRun | undefined {
    return this.runs.find((run) => run.uuid === id || String(run.number) === id);
  }

  step(id: string): StepState | undefined {
    return this.runs.flatMap(({ steps }) => steps).find((step) => step.uuid === id);
  }

  /** Starts the first step of a run. */
  start(id: string): StepState {
    const run = this.find(id);
    const step = run?.steps[0];
    if (run === undefined || step === undefined) throw new Error(`no run ${id}`);
    run.state = 'IN_PROGRESS';
    Object.assign(step, { state: 'IN_PROGRESS', startedOn: this.#now(), log: '' });
    return step;
  }

  write(id: string, text: string): void {
    const step = this.step(id);
    if (step === undefined) throw new Error(`no step ${id}`);
    step.log = `${step.log ?? ''}${text}`;
  }

  /** Completes a run and its steps. */
  finish(id: string, result: string): void {
    const run = this.find(id);
    if (run === undefined) throw new Error(`no run ${id}`);
    const completedOn = this.#now();
    Object.assign(run, { state: 'COMPLETED', result, completedOn });
    for (const step of run.steps) Object.assign(step, { state: 'COMPLETED', result, completedOn });
  }

  newVariable(fields: Omit<PipelineVariable, 'uuid'>): PipelineVariable {
    return { uuid: uuid(), ...fields };
  }
}
