import { ProviderError } from '../errors.ts';
import type { Branch, Branches } from '../repository-types.ts';
import { requireCommit } from './commit.ts';
import type { GitDirectory } from './git-directory.ts';
import { branchRef, checkObjectId } from './names.ts';
import { updateRefs } from './ref-transaction.ts';
import { webUrl } from './web-url.ts';

const PREFIX = 'refs/heads/';
const MAX_ATTEMPTS = 20;

/** Branches of a local repository. */
export function branches(open: () => GitDirectory): Branches {
  const show = (directory: GitDirectory, name: string, sha: string): Branch => ({
    name,
    sha,
    webUrl: webUrl(directory.path, ['branch', name]),
  });
  return {
    get: async (name, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const sha = directory.refs.resolve(branchRef(name));
      return sha === undefined ? undefined : show(directory, name, sha);
    },
    list: async function* (options = {}) {
      options.signal?.throwIfAborted();
      const directory = open();
      for (const [ref, sha] of directory.refs.list(PREFIX)) {
        options.signal?.throwIfAborted();
        const name = ref.slice(PREFIX.length);
        if (name.includes(options.nameContains ?? '')) yield show(directory, name, sha);
      }
    },
    create: async (name, sha, options = {}) => {
      options.signal?.throwIfAborted();
      const ref = branchRef(name);
      checkObjectId(sha);
      const directory = open();
      requireCommit(directory.objects, sha);
      const moved = await updateRefs(
        directory.refs,
        [{ name: ref, expected: undefined, next: sha }],
        { signal: options.signal, lockTimeoutMs: directory.settings.lockTimeoutMs },
      );
      if (moved === undefined) return show(directory, name, sha);
      throw new ProviderError(
        'PROVIDER_ALREADY_EXISTS',
        `branch "${name}" exists already in repository "${directory.fullName}"`,
      );
    },
    delete: async (name, options = {}) => {
      options.signal?.throwIfAborted();
      const ref = branchRef(name);
      const directory = open();
      const { refs, settings } = directory;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const current = refs.resolve(ref);
        if (current === undefined) return false;
        if (options.expectedHead !== undefined && options.expectedHead !== current) {
          throw new ProviderError(
            'PROVIDER_CONFLICT',
            `branch "${name}" is at ${current}, not at the expected ${options.expectedHead}`,
          );
        }
        if (refs.defaultBranch() === name) {
          throw new ProviderError(
            'PROVIDER_REJECTED',
            `"${name}" is the default branch of repository "${directory.fullName}" and is not deleted`,
            { hint: 'Point HEAD of the repository at another branch first.' },
          );
        }
        const moved = await updateRefs(refs, [{ name: ref, expected: current, next: undefined }], {
          signal: options.signal,
          lockTimeoutMs: settings.lockTimeoutMs,
        });
        if (moved === undefined) return true;
      }
      throw new ProviderError('PROVIDER_CONFLICT', `branch "${name}" moved again and again`);
    },
  };
}
