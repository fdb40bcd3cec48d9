import type { ErrorData } from '@bowline/gitops-errors';
import type { Channel } from './channel.ts';
import { NotifyError } from './errors.ts';
import type { EventHealth } from './event-health.ts';

/** What routed channels have told, so that repeats can be quiet and recoveries are never forgotten. Made by {@link createRouteMemory}. */
export interface RouteMemory {
  /** Lists the channels that are switched off: their receivers said that they take no messages any more. */
  switchedOff(): readonly SwitchedOffChannel[];
  /** Copies what was told as plain data, for a file or a database. Holds names of channels and digests; switched-off channels are not in it. */
  snapshot(): RouteSnapshot;
}

/** A channel that gets no more events. */
export interface SwitchedOffChannel {
  readonly channel: string;
  /** What its receiver said, redacted. */
  readonly error: ErrorData;
}

/** What a {@link RouteMemory} holds, as JSON can write it. */
export interface RouteSnapshot {
  readonly version: 1;
  /** The one that was told longest ago first. */
  readonly subjects: readonly {
    readonly channel: string;
    readonly subject: string;
    readonly problems: readonly {
      readonly problem: string;
      /** When it was told, in milliseconds since 1970; absent when it is not known to have arrived. */
      readonly toldAt?: number | undefined;
    }[];
  }[];
}

/** How much is remembered. */
export interface RouteMemoryOptions {
  /**
   * How many failing subjects are remembered, over all channels, 1 to 1,000,000. Beyond, the one that was told longest ago is forgotten: its problem is told again if
   * it comes again, and its recovery is routed like any other event.
   *
   * @default 10_000
   */
  readonly limit?: number | undefined;
  /** What {@link RouteMemory.snapshot} gave, as it came from storage. */
  readonly restore?: unknown;
}

const MAX_PROBLEMS = 16;
const MAX_LIMIT = 1_000_000;
const MAX_TEXT = 1_024;

/** That a problem was sent. Each sending has an object of its own, so that a recovery knows what came before it. */
interface Told {
  /** `undefined` while it is not known to have arrived, or a recovery may have been read after it. */
  toldAt: number | undefined;
}

/** The problems of a subject that were sent and are not over. */
export type OpenProblems = ReadonlyMap<string, Readonly<Told>>;

/** What one routed channel asks its memory. */
export interface ChannelMemory {
  isOff(): boolean;
  switchOff(error: ErrorData): void;
  /** Gives what is open now. */
  open(subject: string): OpenProblems;
  /** Notes that a failure is being sent, or may just have arrived although it seems to have failed: its recovery is owed from now on. */
  sending(health: EventHealth): void;
  /** Notes that a failure arrived. */
  told(health: EventHealth, toldAt: number): void;
  /**
   * Notes that a recovery is being sent, or may just have arrived although it seems to have failed: a problem that comes again is no repeat from now on.
   *
   * @returns What the recovery ends.
   */
  recovering(subject: string): OpenProblems;
  /** Notes that a recovery arrived. What was sent after it began is not over, and is to be told again, since the recovery was read last. */
  recovered(subject: string, ended: OpenProblems): void;
}

const memories = new WeakMap<RouteMemory, (channel: Channel) => ChannelMemory>();

/**
 * Gives the part of a memory that belongs to a channel.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for another channel of a name that the memory knows, or a memory that was not made here
 */
export function channelMemory(memory: RouteMemory, channel: Channel): ChannelMemory {
  const join = memories.get(memory);
  if (join === undefined)
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      'The memory of a route must be made by createRouteMemory().',
    );
  return join(channel);
}

/**
 * Makes the memory of routed channels. One serves all channels of a program; they must have different names. For a new set of channels, after a change of the
 * configuration, make a new one from the snapshot of the former.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for a limit that cannot be used, or a snapshot of another shape
 */
export function createRouteMemory(options: RouteMemoryOptions = {}): RouteMemory {
  const limit = options.limit ?? 10_000;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new NotifyError('NOTIFY_INVALID_ARGUMENT', `"limit" must be from 1 to ${MAX_LIMIT}.`);
  const channels = new Map<string, Channel>();
  const off = new Map<string, ErrorData>();
  // In the order of the last mark, so that the first entry is the one to forget.
  const subjects = restored(options.restore, limit);
  const mark = (key: string, problem: string, told: Told) => {
    const problems = subjects.get(key) ?? new Map<string, Told>();
    problems.delete(problem);
    problems.set(problem, told);
    forgetOldest(problems, MAX_PROBLEMS);
    subjects.delete(key);
    subjects.set(key, problems);
    forgetOldest(subjects, limit);
  };
  const untell = (key: string): OpenProblems => {
    const problems = subjects.get(key);
    for (const told of problems?.values() ?? []) told.toldAt = undefined;
    return new Map(problems);
  };
  const memory: RouteMemory = {
    switchedOff: () => [...off].map(([channel, error]) => ({ channel, error })),
    snapshot: () => ({
      version: 1,
      subjects: [...subjects].map(([key, problems]) => ({
        ...namesOf(key),
        problems: [...problems].map(([problem, { toldAt }]) => ({
          problem,
          ...(toldAt === undefined ? {} : { toldAt }),
        })),
      })),
    }),
  };
  memories.set(memory, (channel) => {
    const { name } = channel;
    if ((channels.get(name) ?? channel) !== channel)
      throw new NotifyError(
        'NOTIFY_INVALID_ARGUMENT',
        `Two channels with the name "${name}" cannot have one memory, since one would silence the other.`,
      );
    channels.set(name, channel);
    return {
      isOff: () => off.has(name),
      switchOff: (error) => void off.set(name, error),
      open: (subject) => new Map(subjects.get(keyOf(name, subject))),
      sending: ({ subject, problem }) => mark(keyOf(name, subject), problem, { toldAt: undefined }),
      told: ({ subject, problem }, toldAt) => mark(keyOf(name, subject), problem, { toldAt }),
      recovering: (subject) => untell(keyOf(name, subject)),
      recovered: (subject, ended) => {
        const key = keyOf(name, subject);
        const problems = subjects.get(key);
        for (const [problem, told] of ended)
          if (problems?.get(problem) === told) problems.delete(problem);
        if (problems?.size === 0) subjects.delete(key);
        else untell(key);
      },
    };
  });
  return memory;
}

function keyOf(channel: string, subject: string): string {
  return JSON.stringify([channel, subject]);
}

function namesOf(key: string): { readonly channel: string; readonly subject: string } {
  const [channel, subject] = JSON.parse(key) as [string, string];
  return { channel, subject };
}

function forgetOldest(entries: Map<string, unknown>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}

function restored(snapshot: unknown, limit: number): Map<string, Map<string, Told>> {
  const subjects = new Map<string, Map<string, Told>>();
  if (snapshot === undefined) return subjects;
  const { version, subjects: list } = membersOf(snapshot);
  if (version !== 1 || !Array.isArray(list)) throw unreadable();
  for (const entry of list.slice(-limit)) {
    const { channel, subject, problems } = membersOf(entry);
    if (!isText(channel) || !isText(subject) || !Array.isArray(problems)) throw unreadable();
    const told = problems.slice(-MAX_PROBLEMS).map((item): [string, Told] => {
      const { problem, toldAt } = membersOf(item);
      if (!isText(problem) || !(toldAt === undefined || Number.isFinite(toldAt)))
        throw unreadable();
      return [problem, { toldAt: typeof toldAt === 'number' ? toldAt : undefined }];
    });
    subjects.set(keyOf(channel, subject), new Map(told));
  }
  return subjects;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw unreadable();
  return value as Readonly<Record<string, unknown>>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function unreadable(): NotifyError {
  return new NotifyError(
    'NOTIFY_INVALID_ARGUMENT',
    'The snapshot of a route memory has another shape than version 1.',
  );
}
