import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { pullRequestPath, requirePullRequest } from './pull-request-answer.ts';
import { commitSchema, type MergeRequestAnswer } from './schemas.ts';

/** What is rebased. */
export interface Rebase {
  readonly before: MergeRequestAnswer;
  /** Waits a growing time, and ends at the deadline. */
  readonly waits: (options: RequestOptions) => Promise<void>;
  /** True when the commits that come out must be those that were looked at: two requests more. */
  readonly guarded: boolean;
}

/**
 * Rebases the source branch of a merge request, which the project wants before a merge.
 *
 * The call takes no expected head and changes the ids of all commits. So that nothing is merged that nobody looked at, the commits
 * are compared by who wrote them, when, and their messages.
 *
 * @returns The new head. @throws ProviderError `PROVIDER_CONFLICT`, `PROVIDER_MERGE_CONFLICT`
 */
export async function rebaseSource(
  api: RepositoryApi,
  { before, waits, guarded }: Rebase,
  options: RequestOptions,
): Promise<string> {
  const id = before.iid;
  const wanted = guarded ? await commitMarks(api, id, options) : undefined;
  await send(api, {
    method: 'PUT',
    path: `${pullRequestPath(id)}/rebase`,
    // 409: one is under way.
    expect: [200, 202, 409],
    doing: `rebase merge request ${id} of "${api.fullName}"`,
    signal: options.signal,
  });
  const head = await awaitRebase(api, { before, waits }, options);
  if (wanted === undefined) return head;
  if ((await commitMarks(api, id, options)) === wanted) return head;
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `The source of merge request ${id} of "${api.fullName}" has got other commits while it was rebased.`,
  );
}

async function awaitRebase(
  api: RepositoryApi,
  { before, waits }: Pick<Rebase, 'before' | 'waits'>,
  options: RequestOptions,
): Promise<string> {
  for (;;) {
    await waits(options);
    const now = await requirePullRequest(api, before.iid, { ...options, rebase: true });
    if (now.rebase_in_progress === true) continue;
    if (now.merge_error) {
      throw new ProviderError(
        'PROVIDER_MERGE_CONFLICT',
        `Merge request ${before.iid} of "${api.fullName}" cannot be rebased: ${now.merge_error}`,
      );
    }
    if (now.sha && now.sha !== before.sha) return now.sha;
  }
}

/** Reads what a rebase keeps of the commits of a merge request, as one text. */
async function commitMarks(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions,
): Promise<string> {
  const commits = sendForList(api, commitSchema, {
    path: `${pullRequestPath(id)}/commits`,
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the commits of merge request ${id} of "${api.fullName}"`,
    signal,
  });
  const marks: unknown[] = [];
  for await (const commit of commits) {
    const { message, author_name: name, author_email: email, authored_date: date } = commit;
    marks.push([message, name, email, date]);
  }
  return JSON.stringify(marks);
}
