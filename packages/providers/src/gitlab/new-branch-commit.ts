import { areInPlace } from '../changes-in-place.ts';
import type { CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain, uncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { commitIsMissing, getBranch } from './branches.ts';
import { actionsOf, findExisting, type KnownFiles, refuseNewLinks } from './commit-actions.ts';
import { refused } from './errors.ts';
import { files } from './files.ts';
import { commitSchema } from './schemas.ts';

/** A commit and the new branch that it makes. */
export interface BranchCommit {
  readonly commit: CreateCommit;
  readonly branch: string;
  /** True when nobody else can know the name, so that a branch of that name is ours. */
  readonly temporary: boolean;
}

const MAX_ATTEMPTS = 3;

/**
 * Makes a branch with one commit on the expected head: one request, which GitLab carries out whole or not at all.
 *
 * @returns The id of the commit. @throws ProviderError `PROVIDER_CONFLICT` when there is a branch of that name.
 */
export async function commitOnNewBranch(
  api: RepositoryApi,
  input: BranchCommit,
  options: RequestOptions,
): Promise<string> {
  let known: KnownFiles = { existing: undefined };
  let unsure = false;
  await refuseNewLinks(api, input.commit, options);
  for (let attempts = 1; ; attempts += 1) {
    try {
      const answer = await post(api, { ...input, known }, options);
      if (answer.sha !== undefined) return answer.sha;
      const { response } = answer;
      const existing = await afterRefusal(api, { ...input, known, response, unsure }, options);
      if (typeof existing === 'string') return existing;
      known = { existing };
    } catch (error) {
      if (!isUncertain(error)) throw error;
      unsure = true;
      // An earlier request may have been carried out. A second one is refused then, so it lands once at most.
      const landed = await findLanded(api, input, options);
      if (landed !== undefined) return landed;
      if (attempts >= MAX_ATTEMPTS) throw error;
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

async function post(
  api: RepositoryApi,
  input: BranchCommit & { readonly known: KnownFiles },
  { signal }: RequestOptions,
): Promise<
  { readonly sha: string } | { readonly sha: undefined; readonly response: HttpResponse }
> {
  const { commit, branch, known } = input;
  const { author } = commit;
  const request = {
    method: 'POST' as const,
    path: '/repository/commits',
    json: {
      branch,
      start_sha: commit.expectedHead,
      commit_message: commit.message,
      actions: actionsOf(commit.changes, known),
      ...(author === undefined ? {} : { author_name: author.name, author_email: author.email }),
      stats: false,
      // True would overwrite a branch of that name.
      force: false,
    },
    // The document says 200, the API answers 201.
    expect: [200, 201, 400],
    doing: `commit to branch "${commit.branch}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 400) return { sha: undefined, response };
  const answer = parseAnswer(api, commitSchema, { response, request });
  const [parent, ...more] = answer.parent_ids ?? [];
  if (parent === commit.expectedHead && more.length === 0) return { sha: answer.id };
  throw uncertain(
    new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `GitLab made a commit on "${parent ?? 'nothing'}", not on "${commit.expectedHead}", when asked to ${request.doing}.`,
    ),
  );
}

/**
 * Finds out why GitLab did not take a commit: it answers 400 for everything, with a text that may change, so the state has to tell.
 *
 * @returns The files that exist, when the actions were the wrong ones; the id of the commit, when it is there after all.
 */
async function afterRefusal(
  api: RepositoryApi,
  input: BranchCommit & {
    readonly known: KnownFiles;
    readonly response: HttpResponse;
    /** True when an earlier request may have been carried out, also after it was looked for. */
    readonly unsure: boolean;
  },
  options: RequestOptions,
): Promise<ReadonlySet<string> | string> {
  const { commit, branch, known, response } = input;
  const place = `"${branch}" of "${api.fullName}"`;
  if ((await getBranch(api, branch, options)) !== undefined) {
    const ours = input.temporary || input.unsure;
    const landed = ours ? await findLanded(api, input, options) : undefined;
    if (landed !== undefined) return landed;
    throw refused('PROVIDER_CONFLICT', `Branch ${place} exists already`, response);
  }
  const { expectedHead: at, changes } = commit;
  if (await commitIsMissing(api, at, options)) {
    const code = commit.create === true ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_CONFLICT';
    throw refused(code, `"${api.fullName}" has no commit "${at}"`, response);
  }
  if (known.existing === undefined) {
    const existing = await findExisting(api, { changes, at }, options);
    const wrong = changes.some(({ type, path }) => type === 'write' && !existing.has(path));
    if (wrong) return existing;
  }
  throw refused(
    'PROVIDER_REJECTED',
    `A commit to branch "${commit.branch}" of "${api.fullName}" is not taken`,
    response,
  );
}

/** Looks whether a branch is what was asked for: the parent, the message and the files of its tip. */
async function findLanded(
  api: RepositoryApi,
  { commit, branch: name, temporary }: BranchCommit,
  options: RequestOptions,
): Promise<string | undefined> {
  const branch = await getBranch(api, name, options);
  if (branch === undefined || branch.sha === commit.expectedHead) return undefined;
  if (temporary) return branch.sha;
  const tip = await sendForJson(api, commitSchema, {
    path: `/repository/commits/${branch.sha}`,
    query: [['stats', 'false']],
    expect: [200],
    doing: `read commit "${branch.sha}" of "${api.fullName}"`,
    signal: options.signal,
  });
  if (tip.parent_ids?.length !== 1 || tip.parent_ids[0] !== commit.expectedHead) return undefined;
  if ((tip.message ?? '').trim() !== commit.message.trim()) return undefined;
  const expected = { changes: commit.changes, at: branch.sha };
  return (await areInPlace(files(api), expected, options)) ? branch.sha : undefined;
}
