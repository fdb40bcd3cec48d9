import { ProviderError } from '../errors.ts';
import type { Tags } from '../repository-types.ts';
import { peelToCommit, requireCommit } from './commit.ts';
import type { GitDirectory } from './git-directory.ts';
import { checkMessage, checkObjectId, tagRef } from './names.ts';
import { updateRefs } from './ref-transaction.ts';

const PREFIX = 'refs/tags/';

/** Tags of a local repository: lightweight, or annotated when they have a message. */
export function tags(open: () => GitDirectory): Tags {
  return {
    get: async (name, options = {}) => {
      options.signal?.throwIfAborted();
      const { refs, objects } = open();
      const oid = refs.resolve(tagRef(name));
      const sha = oid === undefined ? undefined : peelToCommit(objects, oid);
      return sha === undefined ? undefined : { name, sha };
    },
    list: async function* (options = {}) {
      options.signal?.throwIfAborted();
      const { refs, objects } = open();
      for (const [ref, oid] of refs.list(PREFIX)) {
        options.signal?.throwIfAborted();
        // A tag of a file or folder is none of a version.
        const sha = peelToCommit(objects, oid);
        if (sha !== undefined) yield { name: ref.slice(PREFIX.length), sha };
      }
    },
    create: async (name, sha, options = {}) => {
      options.signal?.throwIfAborted();
      const ref = tagRef(name);
      checkObjectId(sha);
      const directory = open();
      const { objects, refs, settings } = directory;
      requireCommit(objects, sha);
      const next =
        options.message === undefined
          ? sha
          : await writeTag(directory, { name, sha, message: checkMessage(options.message) });
      const moved = await updateRefs(refs, [{ name: ref, expected: undefined, next }], {
        signal: options.signal,
        lockTimeoutMs: settings.lockTimeoutMs,
      });
      if (moved === undefined) return { name, sha };
      throw new ProviderError(
        'PROVIDER_ALREADY_EXISTS',
        `tag "${name}" exists already in repository "${directory.fullName}"`,
      );
    },
  };
}

function writeTag(
  { objects, settings }: GitDirectory,
  tag: { readonly name: string; readonly sha: string; readonly message: string },
): Promise<string> {
  const { name, email } = settings.committer;
  const seconds = Math.floor(settings.clock().getTime() / 1000);
  const text = [
    `object ${tag.sha}`,
    'type commit',
    `tag ${tag.name}`,
    `tagger ${name} <${email}> ${seconds} +0000`,
    '',
    tag.message,
  ].join('\n');
  return objects.write('tag', Buffer.from(text, 'utf8'));
}
