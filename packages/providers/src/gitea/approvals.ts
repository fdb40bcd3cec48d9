import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { refused } from './errors.ts';
import { pullRequestPath } from './pull-request-answer.ts';
import { reviewSchema, userSchema } from './schemas.ts';

/** Approves as the account of the credential, unless it has done so for the commits that are there now. */
export async function approve(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const path = `${pullRequestPath(id)}/reviews`;
  const account = await readAccount(api, { signal });
  if ((await ownApprovals(api, { id, account }, { signal })).some(({ stale }) => !stale)) return;
  const request = {
    method: 'POST' as const,
    path,
    json: { event: 'APPROVED' },
    expect: [200, 422],
    doing: `approve pull request ${id} of "${api.fullName}"`,
    signal,
  };
  try {
    const response = await send(api, request);
    // Its author cannot approve it.
    if (response.status === 422) {
      const what = `Pull request ${id} of "${api.fullName}" was not approved`;
      throw refused('PROVIDER_REJECTED', what, response);
    }
    parseAnswer(api, reviewSchema, { response, request });
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const now = await ownApprovals(api, { id, account }, { signal });
    if (!now.some(({ stale }) => !stale)) throw error;
  }
}

/** Takes back the approvals of the account. There is no call for it but to delete the reviews that say so. */
export async function unapprove(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const path = `${pullRequestPath(id)}/reviews`;
  const account = await readAccount(api, { signal });
  for (const review of await ownApprovals(api, { id, account }, { signal })) {
    await send(api, {
      method: 'DELETE',
      path: `${path}/${review.id}`,
      expect: [204, 404],
      doing: `take back the approval of pull request ${id} of "${api.fullName}"`,
      signal,
    });
  }
}

async function ownApprovals(
  api: RepositoryApi,
  { id, account }: { readonly id: number; readonly account: number },
  { signal }: RequestOptions,
): Promise<readonly { readonly id: number; readonly stale: boolean }[]> {
  const pages = sendForList(api, reviewSchema, {
    path: `${pullRequestPath(id)}/reviews`,
    expect: [200],
    doing: `list the reviews of pull request ${id} of "${api.fullName}"`,
    signal,
  });
  const own: { readonly id: number; readonly stale: boolean }[] = [];
  for await (const review of pages) {
    if (review.state !== 'APPROVED' || review.dismissed || review.user?.id !== account) continue;
    own.push({ id: review.id, stale: review.stale });
  }
  return own;
}

async function readAccount(api: RepositoryApi, { signal }: RequestOptions): Promise<number> {
  const user = await sendForJson({ ...api, path: '' }, userSchema, {
    path: '/user',
    expect: [200],
    doing: 'read the account of the credential',
    signal,
  });
  return user.id;
}
