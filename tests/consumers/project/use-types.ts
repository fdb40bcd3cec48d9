// What a consumer's program looks like to the compiler. It is compiled, not run.
import { type Config, type ConfigInput, loadConfig } from '@bowline/gitops-config';
import { type ErrorData, GitOpsError, Secret, serializeError } from '@bowline/gitops-errors';
import { type Git, GitError, openGit } from '@bowline/gitops-git';
import { type ImageChange, ManifestError, setImage } from '@bowline/gitops-manifests';
import {
  type Channel,
  createEvent,
  createRouteMemory,
  type GitOpsEvent,
  type RouteRule,
  routeChannel,
} from '@bowline/gitops-notify';
import { type CdEvent, cdeventsChannel, toCdEvent } from '@bowline/gitops-notify/cdevents';
import { discordChannel } from '@bowline/gitops-notify/discord';
import { emailChannel } from '@bowline/gitops-notify/email';
import { googleChatChannel } from '@bowline/gitops-notify/google-chat';
import { type ChatChannelOptions, slackChannel } from '@bowline/gitops-notify/slack';
import { teamsChannel } from '@bowline/gitops-notify/teams';
import { type SetImageResult, setImage as setImageOnForge } from '@bowline/gitops-operations';
import { connect, type Provider, ProviderError } from '@bowline/gitops-providers';
import { github } from '@bowline/gitops-providers/github';
import { gitlab } from '@bowline/gitops-providers/gitlab';

export class OwnError extends GitOpsError {
  override readonly name = 'OwnError';
  readonly code = 'OWN_FAILURE';
}

export async function promote(image: string): Promise<SetImageResult> {
  const provider: Provider = await connect({ kind: 'local', root: '/srv/git' });
  return setImageOnForge({
    repository: provider.repository('gitops-k8s'),
    branch: 'prod',
    path: 'shop/web.yaml',
    image,
  });
}

export const forge: Provider = github({
  auth: { type: 'github-app', appId: 'Iv1.0123', privateKey: new Secret('PEM') },
});
export const ownForge: Provider = gitlab({
  host: 'gitlab.example.com',
  auth: { type: 'job-token', token: new Secret('a job token') },
});
export const input: ConfigInput = {};
export const loaded: Promise<{ readonly config: Config }> = loadConfig({
  environment: {},
  homeDirectory: '/home/ada',
  workingDirectory: '/home/ada/project',
});
export const git: Git = openGit();
export const changes: readonly ImageChange[] = setImage('', 'web:2').changes;
export const event: GitOpsEvent = createEvent('branch.created', {
  actor: { name: 'Ada Lovelace' },
  data: { branch: 'release', source: 'main' },
});
export const channel: Channel = { name: 'none', deliver: async () => {} };
export const rule: RouteRule = { events: ['*.failed'], repeat: 60_000 };
const memory = createRouteMemory();
export const channels: readonly Channel[] = [
  emailChannel({ url: 'smtps://mail.example.com', from: 'a@example.com', to: ['b@example.com'] }),
  cdeventsChannel({ url: 'https://broker.example.com/', source: '/bowline', mode: 'structured' }),
].map((one) => routeChannel(one, rule, { memory }));
export const cdEvent: CdEvent = toCdEvent(event, { source: '/bowline' });
const chat: ChatChannelOptions = { url: new Secret('https://relay.example.com/hook'), name: 'ops' };
export const chats: readonly Channel[] = [
  slackChannel(chat),
  discordChannel({ ...chat, username: 'Bowline' }),
  googleChatChannel(chat),
  teamsChannel({ ...chat, format: 'adaptive-card' }),
];
export const known: readonly string[] = [GitError, ManifestError, ProviderError].map(
  (kind) => kind.name,
);
export const data: ErrorData = serializeError(
  new OwnError('no', { details: { token: new Secret('value') } }),
);

// @ts-expect-error: a code table is closed, so an unknown code does not compile.
export const wrong = new GitError('GIT_NO_SUCH_CODE', 'x');
