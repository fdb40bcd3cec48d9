import * as v from 'valibot';
import type { CommitStatus, CommitStatuses } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { requireCommit } from './commit.ts';
import { readDocument, writeDocument } from './document.ts';
import type { GitDirectory } from './git-directory.ts';
import { checkObjectId, invalid } from './names.ts';
import { updateRefs } from './ref-transaction.ts';

const MAX_ATTEMPTS = 50;
const statesKnown = [
  'pending',
  'running',
  'success',
  'failed',
  'error',
  'cancelled',
  'skipped',
] as const;

/** The file `statuses.json` below `refs/bowline/status/<commit>`. */
const schema = v.object({
  version: v.literal(1),
  statuses: v.array(
    v.object({
      context: v.string(),
      state: v.picklist(statesKnown),
      description: v.optional(v.string()),
      url: v.optional(v.string()),
    }),
  ),
});
const kind = { fileName: 'statuses.json', schema };

/** Commit statuses of a local repository, kept below `refs/bowline/status/`. */
export function statuses(open: () => GitDirectory): CommitStatuses {
  return {
    set: async (sha, status, options = {}) => {
      options.signal?.throwIfAborted();
      checkObjectId(sha);
      checkStatus(status);
      const directory = open();
      const { refs, objects, settings } = directory;
      requireCommit(objects, sha);
      const ref = `refs/bowline/status/${sha}`;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const previous = refs.resolve(ref);
        const before =
          previous === undefined
            ? []
            : readDocument(directory, { ref, commit: previous }, kind).statuses;
        const others = before.filter((item) => item.context !== status.context);
        const next = await writeDocument(directory, {
          fileName: kind.fileName,
          value: { version: 1, statuses: [...others, toPlain(status)] },
          previous,
          event: `${status.context}: ${status.state}`,
        });
        const moved = await updateRefs(refs, [{ name: ref, expected: previous, next }], {
          signal: options.signal,
          lockTimeoutMs: settings.lockTimeoutMs,
        });
        if (moved === undefined) return;
      }
      throw new ProviderError(
        'PROVIDER_CONFLICT',
        `the statuses of commit ${sha} were changed by others ${MAX_ATTEMPTS} times in a row`,
      );
    },
    list: async function* (sha, options = {}) {
      options.signal?.throwIfAborted();
      checkObjectId(sha);
      const directory = open();
      const ref = `refs/bowline/status/${sha}`;
      const version = directory.refs.resolve(ref);
      if (version === undefined) return;
      for (const item of readDocument(directory, { ref, commit: version }, kind).statuses)
        yield toPlain(item);
    },
  };
}

function checkStatus(status: CommitStatus): void {
  if (status.context.trim() === '') throw invalid('the context of a status is empty');
  if (!statesKnown.includes(status.state)) throw invalid(`"${status.state}" is not a state`);
  const { url } = status;
  if (url !== undefined && !/^https?:\/\//i.test(url)) {
    throw invalid('the address of a status is not an http or https address');
  }
}

function toPlain({ context, state, description, url }: CommitStatus): CommitStatus {
  return {
    context,
    state,
    ...(description === undefined ? {} : { description }),
    ...(url === undefined ? {} : { url }),
  };
}
