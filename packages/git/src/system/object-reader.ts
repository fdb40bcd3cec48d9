import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { GitError } from '../errors.ts';
import type { ObjectSource } from '../isomorphic/git-objects.ts';
import type { GitObject, ObjectType } from '../isomorphic/pack.ts';
import { gitFailure } from './failure.ts';
import { endGit, startFailure, startGit } from './git-process.ts';

const MAX_OBJECT = 128 * 1024 * 1024;
const MAX_STDERR = 16 * 1024;
const MAX_REMEMBERED = 4 * 1024 * 1024;

export interface ObjectReaderOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

interface Question {
  readonly name: string;
  readonly answer: (object: GitObject | undefined) => void;
  readonly fail: (reason: unknown) => void;
}

interface Header {
  readonly id: string;
  readonly type: ObjectType;
  readonly size: number;
}

/**
 * Reads objects through one `git cat-file --batch` that stays open: one process for any number of objects. In a partial
 * clone, an object that is not here is fetched by that process when it is asked for.
 */
export class ObjectReader implements ObjectSource {
  readonly #options: ObjectReaderOptions;
  readonly #questions: Question[] = [];
  readonly #small = new Map<string, GitObject>();
  #smallBytes = 0;
  #child: ChildProcessWithoutNullStreams | undefined;
  #closed: Promise<void> = Promise.resolve();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #header: Header | undefined;
  #stderr = '';
  #failure: { readonly reason: unknown } | undefined;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /** Reads an object by its id, or by any name that git resolves, such as `refs/heads/main^{commit}`. */
  async read(name: string): Promise<GitObject | undefined> {
    const known = this.#small.get(name);
    if (known !== undefined) return known;
    if (/[\n\0]/.test(name)) return undefined;
    this.#options.signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.reason;
    const child = this.#child ?? this.#start();
    return new Promise((answer, fail) => {
      this.#questions.push({ name, answer, fail });
      child.stdin.write(`${name}\n`);
    });
  }

  /** Keeps objects that are read again and again within one edit: trees and commits. */
  remember(id: string, object: GitObject): void {
    if (object.type === 'blob' || this.#smallBytes + object.data.length > MAX_REMEMBERED) return;
    this.#smallBytes += object.data.length;
    this.#small.set(id, object);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    if (this.#questions.length > 0) endGit(child);
    else child.stdin.end();
    await this.#closed;
  }

  #start(): ChildProcessWithoutNullStreams {
    const { settings, environment, directory, signal } = this.#options;
    const child = startGit({
      args: [...settings, 'cat-file', '--batch'],
      environment,
      cwd: directory,
    });
    this.#child = child;
    const onAbort = (): void => this.#end(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#closed = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#end(startFailure(error, directory));
        resolve();
      });
      child.once('close', () => {
        signal?.removeEventListener('abort', onAbort);
        this.#end(gitFailure('Reading an object of the repository', this.#stderr));
        resolve();
      });
    });
    child.stdin.on('error', () => undefined); // The end of the process is reported by 'close', with its words.
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-MAX_STDERR);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.length;
      try {
        while (this.#step());
      } catch (error) {
        this.#end(error);
      }
    });
    return child;
  }

  #end(reason: unknown): void {
    if (this.#failure === undefined) {
      this.#failure = { reason };
      if (this.#child?.exitCode === null) endGit(this.#child);
    }
    for (const question of this.#questions.splice(0)) question.fail(this.#failure.reason);
  }

  /** Takes one header or one body from what has come; false when more has to come first. */
  #step(): boolean {
    const question = this.#questions[0];
    if (question === undefined) return false;
    if (this.#header === undefined) {
      const line = this.#takeLine();
      if (line === undefined) return false;
      this.#header = parseHeader(line);
      if (this.#header === undefined) {
        this.#questions.shift();
        question.answer(undefined);
      }
      return true;
    }
    const { size, type, id } = this.#header;
    if (this.#pendingBytes < size + 1) return false;
    const data = this.#take(size + 1).subarray(0, size);
    this.#header = undefined;
    this.#questions.shift();
    const object: GitObject = { type, data };
    if (question.name === id) this.remember(id, object);
    question.answer(object);
    return true;
  }

  #takeLine(): string | undefined {
    const joined = this.#take(this.#pendingBytes);
    const end = joined.indexOf(0x0a);
    const line = end < 0 ? undefined : joined.toString('utf8', 0, end);
    const rest = joined.subarray(end + 1);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    return line;
  }

  #take(count: number): Buffer {
    const joined = this.#pending.length === 1 ? this.#pending[0] : undefined;
    const all = joined ?? Buffer.concat(this.#pending);
    const rest = all.subarray(count);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#pendingBytes = rest.length;
    return all.subarray(0, count);
  }
}

function parseHeader(line: string): Header | undefined {
  if (/ (?:missing|ambiguous|dangling|loop|notdir|excluded|submodule)(?: |$)/.test(line))
    return undefined;
  const match = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) ([0-9]+)$/.exec(line);
  const type = match?.[2];
  if (match?.[1] === undefined || !isType(type)) {
    throw new GitError('GIT_COMMAND_FAILED', 'The answer of "git cat-file" could not be read.');
  }
  const size = Number(match[3]);
  if (size > MAX_OBJECT) {
    throw new GitError(
      'GIT_LIMIT_EXCEEDED',
      `An object of the repository has ${size} bytes, more than the limit allows.`,
    );
  }
  return { id: match[1], type, size };
}

function isType(text: string | undefined): text is ObjectType {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag';
}
