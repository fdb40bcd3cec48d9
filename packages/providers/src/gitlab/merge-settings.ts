import { ProviderError } from '../errors.ts';
import { sendForJson } from '../http/json-api.ts';
import type { MergePullRequest, MergeStrategy } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { projectSchema } from './schemas.ts';

/** How a merge is to be done: GitLab's only choice per merge is whether to squash. */
export interface MergePlan {
  /** `undefined` leaves it to the merge request. */
  readonly squash: boolean | undefined;
  /** True when the source may be rebased first, where the project wants that. */
  readonly rebase: boolean;
}

const methods: Readonly<Record<string, readonly MergeStrategy[]>> = {
  merge: ['merge', 'squash'],
  rebase_merge: ['merge', 'squash', 'rebase'],
  ff: ['squash', 'fast-forward', 'rebase'],
};

/**
 * Compares a strategy with the settings of the project, which decide (GitLab docs, "Merge methods"). One request, when there is a strategy.
 *
 * @throws ProviderError `PROVIDER_MERGE_BLOCKED` when the project does not merge so.
 */
export async function planMerge(
  api: RepositoryApi,
  { strategy }: Pick<MergePullRequest, 'strategy'>,
  { signal }: RequestOptions,
): Promise<MergePlan> {
  if (strategy === undefined) return { squash: undefined, rebase: false };
  const project = await sendForJson(api, projectSchema, {
    path: '',
    expect: [200],
    doing: `read how "${api.fullName}" merges`,
    signal,
  });
  const method = project.merge_method ?? 'merge';
  const squashing = project.squash_option ?? 'default_off';
  const squash = strategy === 'squash';
  const allowed = (methods[method] ?? []).includes(strategy);
  if (!allowed) throw blocked(api, strategy, `its merge method is "${method}"`);
  if (squash ? squashing === 'never' : squashing === 'always') {
    throw blocked(api, strategy, `its setting for squashing is "${squashing}"`);
  }
  return { squash, rebase: strategy === 'rebase' || (squash && method !== 'merge') };
}

function blocked(api: RepositoryApi, strategy: MergeStrategy, reason: string): ProviderError {
  return new ProviderError(
    'PROVIDER_MERGE_BLOCKED',
    `"${api.fullName}" does not merge with the strategy "${strategy}": ${reason}.`,
    { hint: 'In GitLab the project decides how it merges: Settings, Merge requests.' },
  );
}
