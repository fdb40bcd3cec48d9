import { isGitOpsError } from '@bowline/gitops-errors';
import type { Git, RemoteOptions } from '@bowline/gitops-git';
import { parseWantedImage } from '@bowline/gitops-manifests';
import type {
  Branch,
  FileContent,
  Person,
  ProviderRepository,
  RequestOptions,
} from '@bowline/gitops-providers';
import { editInOrder } from './edit-in-order.ts';
import { type EditedManifest, editManifest, imageCommitMessage } from './edit-manifest.ts';
import { OperationError } from './errors.ts';
import { isProviderError, takeLanded } from './provider-error.ts';
import { requireBranch } from './require-branch.ts';
import { report } from './set-image-report.ts';
import type { CommitOptions, JobOptions, SetImageResult } from './types.ts';

/** A repository that is reached by Git alone, without the API of a forge. */
export interface GitRemote {
  readonly git: Git;
  /** Address of the repository. */
  readonly remote: string;
  /** Author of the commits: no forge is there to name one. */
  readonly author: Person;
  readonly connection?: RemoteOptions | undefined;
}

/** What {@link setImage} needs. */
export interface SetImageInput {
  readonly repository: ProviderRepository | GitRemote;
  readonly branch: string;
  /** Path of the YAML or JSON file, from the root of the repository. */
  readonly path: string;
  /** Full reference, a bare tag (`2.1.0`), or `@sha256:…`. */
  readonly image: string;
  /** Name of the container. @default the one whose repository is the same, or the only one */
  readonly container?: string | undefined;
  /** Sets every image of the file. @default false */
  readonly all?: boolean | undefined;
}

/**
 * Sets an image in a file of a branch and commits that.
 *
 * On a forge this takes two to four requests, whatever the size of the repository: head and file (some tell both at once), commit. On a plain Git remote it is a
 * shallow fetch and a push. When other commits arrive in between, the file is read and edited anew: neither change is lost.
 * A file that has the image already is a success (`changed: false`) and makes no commit.
 *
 * @throws OperationError `OPERATION_BRANCH_NOT_FOUND`, `OPERATION_FILE_NOT_FOUND`, `OPERATION_BRANCH_MOVED`
 * @throws ManifestError when the image is not valid, or it is not clear which one is meant.
 *
 * @example
 * ```ts
 * import { setImage } from '@bowline/gitops-operations';
 * import { connect } from '@bowline/gitops-providers';
 *
 * const forge = await connect({ kind: 'local', root: '/srv/git' });
 * const result = await setImage({
 *   repository: forge.repository('gitops-k8s'),
 *   branch: 'staging',
 *   path: 'shop/web_deployment.yaml',
 *   image: 'registry.example.com/shop/web:2.1.0',
 * });
 * console.log(result.changed, result.diff);
 * ```
 */
export async function setImage(
  input: SetImageInput,
  options: JobOptions & CommitOptions = {},
): Promise<SetImageResult> {
  const { branch, path, image } = input;
  // Before anything is asked of a forge.
  parseWantedImage(image);
  options.onProgress?.({
    step: 'set_image',
    state: 'started',
    message: `Setting image ${image} in "${path}" on "${branch}"`,
  });
  const result =
    'git' in input.repository
      ? await setImageByGit(input, input.repository, options)
      : await setImageOnForge(input, input.repository, options);
  options.onProgress?.({ step: 'set_image', state: 'done', message: result.message });
  return result;
}

async function setImageOnForge(
  input: SetImageInput,
  repository: ProviderRepository,
  options: JobOptions & CommitOptions,
): Promise<SetImageResult> {
  const { branch } = input;
  const { signal, attempts, dryRun } = options;
  return editInOrder(
    async () => {
      // Where the forge answers with the commit, reading by branch saves the request for the head, and often the one for the mode.
      const file = await readOnBranch(repository, input, { signal });
      const start =
        file?.commit === undefined
          ? await requireBranch(repository, branch, { signal })
          : { name: branch, sha: file.commit };
      const read = file?.commit === undefined ? undefined : file;
      return commitImage({ input, repository, start, create: false, file: read }, options);
    },
    { repository: repository.fullName, branch, attempts, dryRun, signal },
  );
}

/** Reads the file of a branch; `undefined` when there is no such file or branch: who asks next finds out which. */
async function readOnBranch(
  repository: ProviderRepository,
  { branch, path }: Pick<SetImageInput, 'branch' | 'path'>,
  options: RequestOptions,
): Promise<FileContent | undefined> {
  try {
    return await repository.files.read(path, branch, options);
  } catch (error) {
    if (isProviderError(error, 'PROVIDER_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** One attempt: a commit on `input.branch`, made for the tip `start`. */
export interface ImageCommit {
  readonly input: Omit<SetImageInput, 'repository'>;
  readonly repository: ProviderRepository;
  readonly start: Pick<Branch, 'name' | 'sha'>;
  /** True when `input.branch` does not exist and begins at `start`. */
  readonly create: boolean;
  /** The file at `start`, when it has been read. */
  readonly file?: FileContent | undefined;
  /** Runs when there is something to commit, right before it. */
  readonly beforeCommit?: (() => Promise<void>) | undefined;
}

/** Reads the file at a commit, edits it, and commits on that commit. @throws ProviderError `PROVIDER_CONFLICT` when the branch moved. */
export async function commitImage(
  commit: ImageCommit,
  options: JobOptions & CommitOptions,
): Promise<SetImageResult> {
  const { input, repository, start, create, beforeCommit } = commit;
  const { branch, path, image } = input;
  const { signal, author, dryRun = false } = options;
  const file = commit.file ?? (await repository.files.read(path, start.sha, { signal }));
  if (file === undefined) throw fileNotFound(path, start.name, repository.fullName);
  if (file.mode === '120000') throw symbolicLink(path);
  const edited = editManifest(file.content, input);
  if (edited.changes.length === 0 || dryRun) {
    // Nothing to commit: then a branch that was to begin here does not, and the file is the one of `start`.
    const readOn = edited.changes.length === 0 ? { ...input, branch: start.name } : input;
    return report({ input: readOn, repository: repository.fullName, edited, dryRun });
  }
  await beforeCommit?.();
  const made = await repository.commits
    .create(
      {
        branch,
        message: imageCommitMessage(image),
        changes: [{ type: 'write', path, content: edited.content, mode: file.mode }],
        expectedHead: start.sha,
        create,
        author,
      },
      { signal },
    )
    .catch(takeLanded);
  return report({ input, repository: repository.fullName, edited, dryRun, made });
}

async function setImageByGit(
  input: SetImageInput,
  target: GitRemote,
  options: JobOptions & CommitOptions,
): Promise<SetImageResult> {
  try {
    return await editByGit(input, target, options);
  } catch (error) {
    throw byGitError(error, { branch: input.branch, remote: target.remote });
  }
}

async function editByGit(
  input: SetImageInput,
  target: GitRemote,
  options: JobOptions & CommitOptions,
): Promise<SetImageResult> {
  const { branch, path, image } = input;
  const { git, remote, connection, author } = target;
  const { signal, attempts, dryRun = false } = options;
  let edited: EditedManifest | undefined;
  if (dryRun) {
    const file = await git.readRemoteFile(remote, {
      ...connection,
      signal,
      // In full: a tag of that name is no branch to commit to.
      ref: `refs/heads/${branch}`,
      path,
    });
    if (file === undefined) throw fileNotFound(path, branch, remote);
    edited = editManifest(file.content, input);
    return report({ input, repository: remote, edited, dryRun });
  }
  const outcome = await git.editBranch({
    ...connection,
    remote,
    branch,
    author: options.author ?? author,
    ...(attempts === undefined ? {} : { attempts }),
    signal,
    edit: async (tree) => {
      const entry = await tree.entry(path);
      if (entry?.mode === '120000') throw symbolicLink(path);
      const content = await tree.read(path);
      if (content === undefined) throw fileNotFound(path, branch, remote);
      edited = editManifest(content, input);
      if (edited.changes.length === 0) return undefined;
      return {
        message: imageCommitMessage(image),
        changes: [{ type: 'write', path, content: edited.content }],
      };
    },
  });
  return report({
    input,
    repository: remote,
    edited,
    dryRun,
    made: outcome.changed ? { sha: outcome.sha, webUrl: undefined } : undefined,
  });
}

/** Names what can happen to a branch as the jobs on a forge do. */
function byGitError(error: unknown, at: { readonly branch: string; readonly remote: string }) {
  const code = isGitOpsError(error) ? error.code : undefined;
  if (code === 'GIT_REF_NOT_FOUND')
    return new OperationError(
      'OPERATION_BRANCH_NOT_FOUND',
      `Repository "${at.remote}" has no branch "${at.branch}".`,
      { cause: error },
    );
  if (code === 'GIT_BRANCH_MOVED')
    return new OperationError(
      'OPERATION_BRANCH_MOVED',
      `Branch "${at.branch}" of "${at.remote}" moved each time that the change was made.`,
      { cause: error },
    );
  return error;
}

function fileNotFound(path: string, branch: string, repository: string): OperationError {
  return new OperationError(
    'OPERATION_FILE_NOT_FOUND',
    `Branch "${branch}" of "${repository}" has no file "${path}".`,
  );
}

function symbolicLink(path: string): OperationError {
  return new OperationError(
    'OPERATION_INVALID_ARGUMENT',
    `"${path}" is a symbolic link, not a manifest.`,
    { hint: 'Name the file that the link points at.' },
  );
}
