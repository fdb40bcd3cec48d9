import * as v from 'valibot';
import { send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { graphqlRefused, sendGraphql } from './graphql.ts';
import { checkPullRequestId } from './pull-request-answer.ts';

const answerSchema = v.looseObject({
  repository: v.nullish(
    v.looseObject({
      pullRequest: v.nullish(
        v.looseObject({
          viewerLatestReview: v.nullish(
            v.looseObject({
              // A text, since ids have outgrown the numbers of GraphQL.
              fullDatabaseId: v.pipe(v.string(), v.regex(/^[1-9]\d{0,18}$/)),
              state: v.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});

const query =
  'query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){pullRequest(number:$number){viewerLatestReview{fullDatabaseId state}}}}';

/** Reads the approval of the account of the credential; `undefined` without one. The REST API does not say which account that is to an App. */
async function ownApproval(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  const doing = `read the approval of pull request ${checkPullRequestId(id)} of "${api.fullName}"`;
  const { owner, name } = api;
  const variables = { owner, name, number: id };
  const { data, problems } = await sendGraphql(api, answerSchema, {
    query,
    variables,
    doing,
    signal,
  });
  const pull = data?.repository?.pullRequest;
  if (!pull) throw graphqlRefused(doing, problems);
  const review = pull.viewerLatestReview;
  return review?.state === 'APPROVED' ? review.fullDatabaseId : undefined;
}

/** Approves a pull request unless this account has. */
export async function approve(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<void> {
  if ((await ownApproval(api, id, options)) !== undefined) return;
  try {
    await send(api, {
      method: 'POST',
      path: `/pulls/${id}/reviews`,
      json: { event: 'APPROVE' },
      expect: [200],
      doing: `approve pull request ${id} of "${api.fullName}"`,
      signal: options.signal,
    });
  } catch (error) {
    if (!isUncertain(error) || (await ownApproval(api, id, options)) === undefined) throw error;
  }
}

/** Takes back the approval of this account. GitHub cannot delete a review that was sent; it is dismissed. */
export async function unapprove(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<void> {
  const review = await ownApproval(api, id, options);
  if (review === undefined) return;
  await send(api, {
    method: 'PUT',
    path: `/pulls/${id}/reviews/${review}/dismissals`,
    json: { message: 'The approval was taken back.', event: 'DISMISS' },
    expect: [200],
    doing: `take back the approval of pull request ${id} of "${api.fullName}"`,
    signal: options.signal,
  });
}
