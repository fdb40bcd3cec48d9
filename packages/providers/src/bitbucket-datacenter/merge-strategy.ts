import { ProviderError } from '../errors.ts';
import { sendForJson } from '../http/json-api.ts';
import type { MergeStrategy } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { mergeSettingsSchema } from './schemas.ts';

// The first that the repository enables is taken. `ff` is none of these: it is a merge commit or a mere move, as it happens.
const strategies: Readonly<Record<MergeStrategy, readonly string[]>> = {
  merge: ['no-ff'],
  squash: ['squash', 'squash-ff-only'],
  'fast-forward': ['ff-only'],
  rebase: ['rebase-ff-only'],
};

/**
 * Finds the id of a merge strategy that the repository enables; `undefined` for the one that it prefers.
 *
 * @throws ProviderError `PROVIDER_MERGE_BLOCKED` when it enables none.
 */
export async function strategyId(
  api: RepositoryApi,
  strategy: MergeStrategy | undefined,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  if (strategy === undefined) return undefined;
  const { mergeConfig } = await sendForJson(api, mergeSettingsSchema, {
    path: '/settings/pull-requests',
    expect: [200],
    doing: `read the merge settings of "${api.fullName}"`,
    signal,
  });
  const enabled = new Set(
    mergeConfig.strategies?.filter((each) => each.enabled === true).map(({ id }) => id),
  );
  const found = strategies[strategy].find((id) => enabled.has(id));
  if (found !== undefined) return found;
  throw new ProviderError(
    'PROVIDER_MERGE_BLOCKED',
    `"${api.fullName}" does not allow the merge strategy "${strategy}", only ${[...enabled].join(', ') || 'none'}.`,
  );
}
