import type { Secret } from '@bowline/gitops-errors';
import type {
  ProviderRepository,
  Webhook,
  Webhooks,
  WebhookTopic,
} from '@bowline/gitops-providers';
import { OperationError } from './errors.ts';
import type { EnsureWebhookResult, JobOptions } from './types.ts';

/** What {@link ensureWebhook} needs. */
export interface EnsureWebhookInput {
  readonly repository: ProviderRepository;
  readonly url: string;
  /** True takes the webhook away. @default false */
  readonly remove?: boolean | undefined;
  /** @default push and pull requests */
  readonly topics?: readonly WebhookTopic[] | undefined;
  /** Signs the deliveries. A forge never shows it, so giving one always writes it. */
  readonly secret?: Secret | undefined;
}

const TOPICS: readonly WebhookTopic[] = ['push', 'pull-request'];

/**
 * Makes sure that a repository calls an address, exactly once, or no longer.
 *
 * @throws OperationError `OPERATION_NOT_SUPPORTED` where there are no webhooks (local repositories), `OPERATION_INVALID_ARGUMENT`
 */
export async function ensureWebhook(
  input: EnsureWebhookInput,
  options: JobOptions = {},
): Promise<EnsureWebhookResult> {
  const { repository, url, remove = false } = input;
  const { signal, dryRun = false, onProgress } = options;
  const { webhooks } = repository;
  if (webhooks === undefined) {
    throw new OperationError(
      'OPERATION_NOT_SUPPORTED',
      `Repository "${repository.fullName}" is on a forge without webhooks.`,
    );
  }
  checkUrl(url);
  onProgress?.({ step: 'ensure_webhook', state: 'started', message: 'Reading the webhooks' });
  const present: Webhook[] = [];
  for await (const webhook of webhooks.list({ signal })) {
    if (webhook.url === url) present.push(webhook);
  }
  const outcome = remove
    ? await removeAll(webhooks, present, { dryRun, signal })
    : await ensureOne(webhooks, input, { present, dryRun, signal });
  const message = describe(outcome.action, dryRun);
  onProgress?.({ step: 'ensure_webhook', state: 'done', message });
  return {
    success: true,
    repository: repository.fullName,
    webhook_url: url,
    action: outcome.action,
    webhook_id: outcome.id,
    dry_run: dryRun,
    message,
  };
}

interface Outcome {
  readonly action: EnsureWebhookResult['action'];
  readonly id: string | null;
}

interface Mode {
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

async function removeAll(
  webhooks: Webhooks,
  present: readonly Webhook[],
  { dryRun, signal }: Mode,
): Promise<Outcome> {
  if (!dryRun) for (const webhook of present) await webhooks.delete(webhook.id, { signal });
  return { action: present.length === 0 ? 'none' : 'delete', id: present[0]?.id ?? null };
}

async function ensureOne(
  webhooks: Webhooks,
  input: EnsureWebhookInput,
  state: Mode & { readonly present: readonly Webhook[] },
): Promise<Outcome> {
  const { present, dryRun, signal } = state;
  const { url, secret, topics = TOPICS } = input;
  const wanted = { url, topics, secret, description: 'Bowline gitops' };
  const [first, ...others] = present;
  if (first === undefined) {
    const id = dryRun ? null : (await webhooks.create(wanted, { signal })).id;
    return { action: 'create', id };
  }
  const right =
    first.active &&
    secret === undefined &&
    others.length === 0 &&
    topics.every((topic) => first.topics.includes(topic)) &&
    first.topics.length === topics.length;
  if (right) return { action: 'none', id: first.id };
  if (!dryRun) {
    await webhooks.update(first.id, wanted, { signal });
    for (const other of others) await webhooks.delete(other.id, { signal });
  }
  return { action: 'update', id: first.id };
}

function describe(action: Outcome['action'], dryRun: boolean): string {
  const verb = {
    create: ['Created', 'Would create'],
    update: ['Updated', 'Would update'],
    delete: ['Deleted', 'Would delete'],
  } as const;
  if (action === 'none') return 'The webhook is as it should be already.';
  return `${verb[action][dryRun ? 1 : 0]} the webhook.`;
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const reason =
    parsed === undefined
      ? 'it is not a URL'
      : parsed.username !== '' || parsed.password !== ''
        ? 'it holds a user name or password'
        : parsed.protocol !== 'https:' && parsed.protocol !== 'http:'
          ? 'it is neither https nor http'
          : undefined;
  if (reason !== undefined) {
    throw new OperationError(
      'OPERATION_INVALID_ARGUMENT',
      `The webhook address cannot be used: ${reason}.`,
    );
  }
}
