import { serializeError } from '@bowline/gitops-errors';
import type { Channel } from './channel.ts';
import { NotifyError, notifyFacts } from './errors.ts';
import type { EventSeverity, GitOpsEvent } from './event.ts';
import { type EventHealth, healthOf } from './event-health.ts';
import { eventTypes } from './event-severity.ts';
import { matchesGlob } from './glob.ts';
import {
  type ChannelMemory,
  channelMemory,
  type OpenProblems,
  type RouteMemory,
} from './route-memory.ts';

/** Which events a channel gets. An event must pass every member that is there. */
export interface RouteRule {
  /** Patterns for types, such as `promotion.*` or `*.failed`, where `*` stands for any characters. @default all */
  readonly events?: readonly string[] | undefined;
  /** The least severity. @default `info`, which is all */
  readonly severity?: EventSeverity | undefined;
  /**
   * Patterns for repositories, such as `acme/*`, in any case. `*` also stands for slashes, so that it includes subgroups. An event of no repository matches none.
   *
   * @default all
   */
  readonly repositories?: readonly string[] | undefined;
  /**
   * For how long the same problem of the same subject is not told again, in milliseconds.
   *
   * @default 0, which tells it each time
   */
  readonly repeat?: number | undefined;
}

/** What a routed channel works with. */
export interface RouteOptions {
  readonly memory: RouteMemory;
  /** Gives the time in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const severities: readonly EventSeverity[] = ['info', 'success', 'warning', 'error'];
const MAX_PATTERNS = 100;
const MAX_PATTERN = 256;

/**
 * Gives a channel a rule for which events it gets. `dispatch` reports the others as `skipped`.
 *
 * - A recovery is always delivered: when a failure went out through this channel, the success that ends it passes, whatever the rule says.
 * - A failure that may not have arrived is not a repeat, and neither is one after a recovery that may have arrived: it is told when it comes again.
 * - A receiver that says that it takes no messages any more (404, 410, an unknown mailbox) switches the channel off for the life of the memory. The first result
 *   is `failed` with `permanent: true`, those after it are `skipped`, and `memory.switchedOff()` names the channel and the reason.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for a rule that cannot be used, such as a pattern that no type of event matches, and for a second channel of the same name
 *
 * @example
 * ```ts
 * import { createEvent, createRouteMemory, dispatch, routeChannel } from '@bowline/gitops-notify';
 * import type { Channel } from '@bowline/gitops-notify';
 *
 * const lines: string[] = [];
 * const list: Channel = { name: 'list', deliver: async ({ type }) => void lines.push(type) };
 * const memory = createRouteMemory();
 * const pager = routeChannel(list, { events: ['*.failed'], repeat: 3_600_000 }, { memory });
 * const sync = { name: 'flux-system/apps', cluster: 'prod' };
 * const error = { name: 'GitError', code: 'GIT_TIMEOUT', message: 'No answer.', retryable: true };
 * const actor = { name: 'agent' };
 * const failed = createEvent('sync.failed', { actor, data: { ...sync, error } });
 * const succeeded = createEvent('sync.succeeded', { actor, data: sync });
 * for (const event of [succeeded, failed, failed, succeeded, succeeded]) await dispatch(event, [pager]);
 * console.log(lines);
 * //=> ['sync.failed', 'sync.succeeded']
 * ```
 */
export function routeChannel(channel: Channel, rule: RouteRule, options: RouteOptions): Channel {
  const { name } = channel;
  const matches = compile(name, rule);
  const repeat = rule.repeat ?? 0;
  const memory = channelMemory(options.memory, channel);
  const now = options.now ?? Date.now;
  // What each recovery ends, from its first attempt on. `dispatch` gives all attempts the same object.
  const ending = new WeakMap<GitOpsEvent, OpenProblems>();
  return {
    name,
    accepts(event) {
      if (memory.isOff() || channel.accepts?.(event) === false) return false;
      const health = healthOf(event);
      if (health?.state === 'recovered' && memory.open(health.subject).size > 0) return true;
      if (!matches(event)) return false;
      return health?.state !== 'failed' || isDue(memory, health, { repeat, now });
    },
    async deliver(event, deliverOptions) {
      const health = healthOf(event);
      if (health?.state === 'failed') memory.sending(health);
      if (health?.state === 'recovered' && (deliverOptions.attempt === 1 || !ending.has(event)))
        ending.set(event, memory.recovering(health.subject));
      try {
        await channel.deliver(event, deliverOptions);
      } catch (thrown) {
        if (notifyFacts(thrown)?.permanent === true) memory.switchOff(serializeError(thrown));
        // It may have arrived, and as late as now: after what was told meanwhile.
        if (health?.state === 'failed') memory.sending(health);
        if (health?.state === 'recovered') memory.recovering(health.subject);
        throw thrown;
      }
      const ended = ending.get(event);
      if (health?.state === 'failed') memory.told(health, now());
      else if (health !== undefined && ended !== undefined) memory.recovered(health.subject, ended);
    },
  };
}

function isDue(
  memory: ChannelMemory,
  { subject, problem }: EventHealth,
  { repeat, now }: { readonly repeat: number; readonly now: () => number },
): boolean {
  const toldAt = memory.open(subject).get(problem)?.toldAt;
  if (toldAt === undefined) return true;
  const elapsed = now() - toldAt;
  // A clock that was set back must not silence a problem until it has caught up.
  return elapsed < 0 || elapsed >= repeat;
}

function compile(channel: string, rule: RouteRule): (event: GitOpsEvent) => boolean {
  const refuse = (reason: string) =>
    new NotifyError('NOTIFY_INVALID_ARGUMENT', `The rule of channel "${channel}" ${reason}.`);
  const { events, repositories, severity = 'info', repeat = 0 } = rule;
  const least = severities.indexOf(severity);
  if (least === -1) throw refuse(`has the severity "${severity}", which is none`);
  if (!(repeat >= 0 && repeat < Number.POSITIVE_INFINITY))
    throw refuse('has a "repeat" that is no number of milliseconds');
  for (const [member, list] of Object.entries({ events, repositories })) {
    if (list !== undefined && (list.length === 0 || list.length > MAX_PATTERNS))
      throw refuse(`must have 1 to ${MAX_PATTERNS} patterns in "${member}"`);
    if (list?.some((pattern) => pattern === '' || pattern.length > MAX_PATTERN))
      throw refuse(`has a pattern in "${member}" that is empty or longer than ${MAX_PATTERN}`);
  }
  const idle = events?.find((pattern) => !eventTypes.some((type) => matchesGlob(type, pattern)));
  if (idle !== undefined) throw refuse(`has the pattern "${idle}", which no type of event matches`);
  const owners = repositories?.map((pattern) => pattern.toLowerCase());
  return (event) => {
    // A severity that came as plain data and is none counts as the least.
    if (Math.max(0, severities.indexOf(event.severity)) < least) return false;
    if (events?.some((pattern) => matchesGlob(event.type, pattern)) === false) return false;
    const repository = event.repository?.fullName.toLowerCase();
    return (
      owners === undefined ||
      (repository !== undefined && owners.some((pattern) => matchesGlob(repository, pattern)))
    );
  };
}
