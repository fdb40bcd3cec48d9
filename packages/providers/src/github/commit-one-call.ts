import * as v from 'valibot';
import type { CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import type { FormerModes } from './commit-base.ts';
import { readEntries } from './entries.ts';
import { blobId } from './files.ts';
import { graphqlRefused, sendGraphql } from './graphql.ts';
import {
  acceptUpdateRefs,
  lacksUpdateRefs,
  NO_COMMIT,
  nodeIdOf,
  type RefMove,
  refUpdate,
  updateRef,
} from './refs.ts';
import { sha } from './schemas.ts';

// GitHub does not say how long a mutation may be; what is larger is sent as blobs, one by one.
const MAX_BYTES = 8 * 1024 * 1024;

/** Tells whether `createCommitOnBranch` makes exactly this commit: regular files, no author, a message that it can put together. */
export function fitsOneCall(commit: CreateCommit, modes: FormerModes): boolean {
  let bytes = 0;
  for (const change of commit.changes) {
    if (change.type === 'delete') continue;
    const former = modes.get(change.path) ?? '100644';
    if (former !== '100644' || (change.mode ?? former) !== '100644') return false;
    bytes += change.content.byteLength;
  }
  return bytes <= MAX_BYTES && commit.author === undefined && messageOf(commit) !== undefined;
}

/** Takes a message apart as GitHub puts it together: a line, an empty line, and the rest. */
function messageOf({ message }: CreateCommit): { headline: string; body: string } | undefined {
  const [, headline, body = ''] = /^([^\r\n]+)(?:\n\n([\s\S]*))?$/.exec(message.trimEnd()) ?? [];
  return headline === undefined ? undefined : { headline, body };
}

const answerSchema = v.looseObject({
  updateRefs: v.nullish(v.looseObject({})),
  createCommitOnBranch: v.nullish(
    v.looseObject({ commit: v.nullish(v.looseObject({ oid: sha })) }),
  ),
});

const onBranch =
  'mutation($commit:CreateCommitOnBranchInput!){createCommitOnBranch(input:$commit){commit{oid}}}';
// The fields of a mutation are carried out one after the other (GraphQL specification, section 6.2.2).
const onNewBranch =
  'mutation($refs:UpdateRefsInput!,$commit:CreateCommitOnBranchInput!){updateRefs(input:$refs){clientMutationId} createCommitOnBranch(input:$commit){commit{oid}}}';

/**
 * Makes a commit, and its branch before it, in one request. On a server without `updateRefs` the branch takes one of its own.
 *
 * @returns The id of the commit, or why there is none, or perhaps none (`isUncertain`).
 */
export async function commitInOneCall(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<string | ProviderError> {
  const doing = `commit to branch "${commit.branch}" of "${api.fullName}"`;
  try {
    if (commit.create !== true) return await append(api, { commit, doing }, options);
    const begun = api.memory.comparesRefs
      ? await begin(api, { commit, doing }, options)
      : undefined;
    return begun ?? (await beginApart(api, { commit, doing }, options));
  } catch (error) {
    if (error instanceof ProviderError && isUncertain(error)) return error;
    throw error;
  }
}

interface Step {
  readonly commit: CreateCommit;
  readonly doing: string;
}

async function append(
  api: RepositoryApi,
  { commit, doing }: Step,
  { signal }: RequestOptions,
): Promise<string | ProviderError> {
  const variables = { commit: inputOf(api, commit) };
  const request = { query: onBranch, variables, doing, signal };
  const { data, problems } = await sendGraphql(api, answerSchema, request);
  return data?.createCommitOnBranch?.commit?.oid ?? graphqlRefused(doing, problems);
}

/** Makes the branch and the commit. `undefined` when the server cannot, and has done nothing. */
async function begin(
  api: RepositoryApi,
  step: Step,
  options: RequestOptions,
): Promise<string | ProviderError | undefined> {
  const { commit, doing } = step;
  const { data, problems } = await sendGraphql(api, answerSchema, {
    query: onNewBranch,
    variables: {
      commit: inputOf(api, commit),
      refs: refUpdate(await nodeIdOf(api, options), newBranch(commit)),
    },
    doing,
    accept: acceptUpdateRefs,
    signal: options.signal,
  });
  const made = data?.createCommitOnBranch?.commit?.oid;
  if (made !== undefined) return made;
  if (lacksUpdateRefs(api, problems)) return undefined;
  const own = problems.filter(({ path }) => path?.[0] !== 'updateRefs');
  if (!data?.updateRefs) return graphqlRefused(doing, own.length === 0 ? problems : own);
  // Whether the second step of a mutation sees what the first one made is not documented.
  const unseen = own.some(({ type }) => type === 'NOT_FOUND');
  const outcome = unseen ? await append(api, step, options) : graphqlRefused(doing, own);
  return takenBack(api, { ...step, outcome }, options);
}

async function beginApart(
  api: RepositoryApi,
  step: Step,
  options: RequestOptions,
): Promise<string | ProviderError> {
  const { commit, doing } = step;
  const refusal = await updateRef(api, { ...newBranch(commit), doing }, options);
  if (isUncertain(refusal)) return refusal;
  const outcome = await append(api, step, options);
  return refusal === undefined ? takenBack(api, { ...step, outcome }, options) : outcome;
}

function newBranch({ branch, expectedHead }: CreateCommit): RefMove {
  return { name: `refs/heads/${branch}`, before: NO_COMMIT, after: expectedHead };
}

/** Takes a branch back whose commit was refused, if nobody has used it. */
async function takenBack(
  api: RepositoryApi,
  { commit, doing, outcome }: Step & { readonly outcome: string | ProviderError },
  options: RequestOptions,
): Promise<string | ProviderError> {
  if (typeof outcome === 'string' || isUncertain(outcome)) return outcome;
  const { name, after } = newBranch(commit);
  await updateRef(api, { name, before: after, after: NO_COMMIT, doing }, options);
  return outcome;
}

function inputOf(api: RepositoryApi, commit: CreateCommit): object {
  const { branch, expectedHead, changes } = commit;
  return {
    branch: { repositoryNameWithOwner: api.fullName, branchName: branch },
    expectedHeadOid: expectedHead,
    message: messageOf(commit),
    fileChanges: {
      additions: changes.flatMap((change) =>
        change.type === 'write'
          ? [{ path: change.path, contents: Buffer.from(change.content).toString('base64') }]
          : [],
      ),
      deletions: changes.flatMap(({ type, path }) => (type === 'delete' ? [{ path }] : [])),
    },
  };
}

const historySchema = v.looseObject({
  repository: v.nullish(
    v.looseObject({
      ref: v.nullish(
        v.looseObject({
          target: v.nullish(
            v.looseObject({
              history: v.optional(
                v.looseObject({
                  nodes: v.array(
                    v.looseObject({
                      oid: sha,
                      message: v.string(),
                      parents: v.looseObject({ nodes: v.array(v.looseObject({ oid: sha })) }),
                    }),
                  ),
                }),
              ),
            }),
          ),
        }),
      ),
    }),
  ),
});

const history =
  'query($owner:String!,$name:String!,$ref:String!){repository(owner:$owner,name:$name){ref(qualifiedName:$ref){target{...on Commit{history(first:10){nodes{oid message parents(first:2){nodes{oid}}}}}}}}}';

/** Looks among the last commits of the branch for the one that was asked for: its parent, its message and its files. */
export async function findLanded(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<string | undefined> {
  const { branch, expectedHead, message, changes } = commit;
  const { data } = await sendGraphql(api, historySchema, {
    query: history,
    variables: { owner: api.owner, name: api.name, ref: `refs/heads/${branch}` },
    doing: `read the last commits of branch "${branch}" of "${api.fullName}"`,
    signal: options.signal,
  });
  const candidate = data?.repository?.ref?.target?.history?.nodes.find(
    ({ parents, message: text }) =>
      parents.nodes.length === 1 &&
      parents.nodes[0]?.oid === expectedHead &&
      text.trim() === message.trim(),
  );
  if (candidate === undefined) return undefined;
  const at = candidate.oid;
  const entries = await readEntries(api, { at, paths: changes.map(({ path }) => path) }, options);
  const same = changes.every((change) => {
    const entry = entries.get(change.path);
    return change.type === 'delete'
      ? entry === undefined
      : entry?.oid === blobId(change.content, at.length);
  });
  return same ? at : undefined;
}
