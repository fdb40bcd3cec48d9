import { once } from 'node:events';
import type { CiJob, CiRun } from '@bowline/gitops-providers';
import type { OpenCi } from './ci-command.ts';
import { exitCodes } from './exit-codes.ts';
import { type RunData, runData, runText, stateText } from './presenters/runs.ts';
import type { Session } from './session.ts';
import { printable } from './terminal.ts';

/** A job with its log, as `--json` shows it. */
interface JobData {
  readonly id: string;
  readonly name: string;
  readonly log: string;
  /** True when the log is longer than what is shown here. */
  readonly truncated: boolean;
}

const MAX_LOG_CHARACTERS = 8 * 1024 * 1024;

/**
 * Shows the logs of a run as they come: text on stdout, or with `--json` all of it in one value at the end. With `follow` it ends with the run, and the exit code
 * is that of the run.
 */
export async function showRun(
  { session, repository }: Omit<OpenCi, 'ci'>,
  run: CiRun,
  options: { readonly follow: boolean; readonly job?: string | undefined },
): Promise<void> {
  const { followRun } = await import('@bowline/gitops-operations');
  const { follow, job: wanted } = options;
  const logs = new JobLogs(session);
  const output = followRun(repository, run, { follow, signal: session.signal });
  for (;;) {
    const { done, value } = await output.next();
    if (done === true) {
      await logs.end();
      finish(session, value, { follow, jobs: logs.collected, repository: repository.fullName });
      return;
    }
    if (wanted !== undefined && wanted !== value.job.id && wanted !== value.job.name) continue;
    if (value.type === 'job') await logs.begin(value.job);
    else await logs.add(value.bytes);
  }
}

function finish(
  session: Session,
  run: CiRun,
  shown: {
    readonly follow: boolean;
    readonly jobs: readonly JobData[];
    readonly repository: string;
  },
): void {
  const failed = shown.follow && run.result !== 'success';
  const data: { readonly success: boolean; readonly run: RunData } & Record<string, unknown> = {
    success: !failed,
    repository: shown.repository,
    run: runData(run),
    jobs: shown.jobs,
  };
  if (session.json) session.result(data, () => '');
  else if (shown.follow) session.result(data, (paint) => runText(run, paint));
  if (failed) process.exitCode = exitCodes.failed;
}

/** Writes logs one after the other, or keeps them for `--json`. */
class JobLogs {
  readonly collected: JobData[] = [];
  readonly #session: Session;
  #current:
    | { job: CiJob; decoder: InstanceType<typeof TextDecoder>; log: string; truncated: boolean }
    | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  async begin(job: CiJob): Promise<void> {
    await this.end();
    this.#current = { job, decoder: new TextDecoder(), log: '', truncated: false };
    const head = `==> ${job.name} (${stateText(job)})`;
    if (!this.#session.json) await this.#write(`${this.#session.paint('bold', printable(head))}\n`);
  }

  async add(bytes: Uint8Array): Promise<void> {
    await this.#text(this.#current?.decoder.decode(bytes, { stream: true }) ?? '');
  }

  async end(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    await this.#text(current.decoder.decode());
    const { id, name } = current.job;
    const { log, truncated } = current;
    if (this.#session.json) this.collected.push({ id, name, log, truncated });
    this.#current = undefined;
  }

  async #text(text: string): Promise<void> {
    const current = this.#current;
    if (current === undefined || text === '') return;
    if (!this.#session.json) {
      // A log is text from outside, which a terminal would obey. A pipe gets it as it is.
      const { terminal } = this.#session.paint;
      await this.#write(terminal ? printable(text.replaceAll('\r\n', '\n')) : text);
      return;
    }
    const room = MAX_LOG_CHARACTERS - current.log.length;
    current.log += text.slice(0, room);
    current.truncated ||= text.length > room;
  }

  async #write(text: string): Promise<void> {
    const { stdout } = this.#session.terminal;
    if (!stdout.write(text)) await once(stdout, 'drain', { signal: this.#session.signal });
  }
}
