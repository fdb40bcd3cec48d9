import { userInfo } from 'node:os';
import type { ChannelConfig } from '@bowline/gitops-config';
import { type Secret, serializeError } from '@bowline/gitops-errors';
import type { Channel, DeliveryResult, EventActor, GitOpsEvent } from '@bowline/gitops-notify';
import type { UnusableChannel } from '@bowline/gitops-operations/configured';
import { CliError } from './errors.ts';
import type { Session } from './session.ts';

/** What became of the messages to people, as `--json` shows it. */
export type Notifications = readonly DeliveryResult[];

/**
 * Tells the configured channels of an event. A channel that fails is a warning: the job is done, whoever hears of it.
 *
 * @returns `undefined` when no channel is configured.
 */
export async function notifyPeople(
  session: Session,
  event: GitOpsEvent | undefined,
): Promise<Notifications | undefined> {
  const channels = await openChannels(session);
  if (channels.length === 0) return undefined;
  if (event === undefined) return [];
  return deliver(session, event, channels);
}

async function deliver(
  session: Session,
  event: GitOpsEvent,
  channels: readonly Channel[],
): Promise<Notifications> {
  const { dispatch } = await import('@bowline/gitops-notify');
  const results = await untilInterrupted(
    dispatch(event, channels, { signal: session.signal }),
    session,
  );
  for (const result of results) {
    if (result.status !== 'failed') continue;
    session.warn(`The notification to "${result.channel}" failed: ${result.error.message}`);
  }
  return results;
}

/** Ends the sending when the person does not want to wait. The job is done all the same, and its result is shown. */
async function untilInterrupted(
  sending: Promise<Notifications>,
  session: Session,
): Promise<Notifications> {
  try {
    return await sending;
  } catch (error) {
    if (!session.signal.aborted) throw error;
    session.warn('The notifications were interrupted; the job had ended before.');
    return [];
  }
}

/** Tells whether anybody wants to hear of the jobs. */
export async function hasChannels(session: Session): Promise<boolean> {
  const { notifications } = await session.config();
  return notifications.channels.length > 0;
}

/** Opens the configured channels. One with an address that cannot be used is a warning: it must not stop the job. */
async function openChannels(session: Session, teams?: Secret): Promise<readonly Channel[]> {
  const configured = await import('@bowline/gitops-operations/configured');
  const config = await session.config();
  const { notifications } = config;
  const channels: readonly ChannelConfig[] =
    teams === undefined
      ? notifications.channels
      : [
          { name: 'teams', type: 'teams', url: teams },
          ...notifications.channels.filter(({ name }) => name !== 'teams'),
        ];
  const options = {
    onUnusable: ({ name, error }: UnusableChannel) => {
      const { message, hint } = serializeError(error);
      session.warn(
        `Nobody is told through "${name}": ${message}${hint === undefined ? '' : ` ${hint}`}`,
      );
    },
  };
  return configured.openChannels({ ...config, notifications: { channels } }, options);
}

/** Finds who triggered the job: what the caller says, the CI system's word, or the account on this machine. */
export function triggeredBy({ environment }: Pick<Session, 'environment'>): EventActor {
  const {
    GITOPS_TRIGGERED_BY,
    GITHUB_ACTOR,
    GITLAB_USER_LOGIN,
    BITBUCKET_STEP_TRIGGERER_UUID,
    BITBUCKET_BUILD_NUMBER,
    USER,
  } = environment;
  const pipeline =
    BITBUCKET_BUILD_NUMBER === undefined
      ? undefined
      : `Bitbucket pipeline #${BITBUCKET_BUILD_NUMBER}`;
  const named = [
    GITOPS_TRIGGERED_BY,
    GITHUB_ACTOR,
    GITLAB_USER_LOGIN,
    pipeline,
    BITBUCKET_STEP_TRIGGERER_UUID,
    USER,
  ];
  return { name: named.find((name) => name !== undefined && name !== '') ?? accountName() };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no account: that is no reason to fail.
    return 'unknown';
  }
}

/** Tells the channels of the last commit of a branch (`logs --notif`). */
export async function notifyOfCommit(
  session: Session,
  report: {
    readonly repository: string;
    readonly branch: string;
    readonly commit: { readonly sha: string; readonly subject: string; readonly author: string };
    /** A Teams address for this time only. */
    readonly teams: Secret | undefined;
  },
): Promise<Notifications> {
  const { createEvent } = await import('@bowline/gitops-notify');
  const { repository, branch, commit, teams } = report;
  const event = createEvent('commit.reported', {
    actor: triggeredBy(session),
    repository: { fullName: repository },
    data: { branch, commit: { sha: commit.sha }, subject: commit.subject, author: commit.author },
  });
  const channels = await openChannels(session, teams);
  if (channels.length === 0) {
    throw new CliError('CLI_USAGE', 'No channel is configured to notify.', {
      hint: 'Set TEAMS_WEBHOOK, SLACK_WEBHOOK or another one, or add notifications to gitops.yaml.',
    });
  }
  return deliver(session, event, channels);
}
