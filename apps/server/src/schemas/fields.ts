import * as v from 'valibot';

/*
 * The values that requests are made of. The patterns bound lengths and keep control characters out; what a name may be is for the
 * forge to say. `!` to `~` is printable ASCII.
 */

function line(longest: number, description: string) {
  return v.pipe(
    v.string('must be text'),
    v.regex(
      new RegExp(`^[!-~\\u00a1-\\uffff]{1,${longest}}$`),
      `must be 1 to ${longest} characters without blanks`,
    ),
    v.description(description),
  );
}

export function flag(description: string) {
  return v.optional(v.pipe(v.boolean('must be true or false'), v.description(description)), false);
}

export const repo = line(1024, 'Repository: `NAME`, `ORG/NAME`, or its web address.');
export const branch = (description: string) => line(255, description);
export const path = line(4096, 'Path of the file, from the root of the repository.');
export const image = line(1024, 'Image reference, bare tag, or `@sha256:…` digest.');
export const name = (description: string) => line(253, description);
export const commitId = line(64, 'Commit id (7 digits or more), or `HEAD` for the tip.');
export const tagName = line(255, 'Name of the tag.');

export const container = v.exactOptional(
  line(
    253,
    'Changes the container of this name only. Default: the one whose repository is the same, or the only one.',
  ),
);
export const all = flag('Changes every image of the file.');
export const dryRun = flag('Works out what would happen, with the diff, and writes nothing.');
export const deleteAfterMerge = flag('Deletes the source branch when it is merged.');
export const approveMerge = flag('Merges the pull request and waits until it is merged.');

export const strategy = v.exactOptional(
  v.pipe(
    v.picklist(
      ['merge', 'squash', 'fast-forward', 'rebase'],
      'must be "merge", "squash", "fast-forward" or "rebase"',
    ),
    v.description('How to merge. Default: what the repository prefers.'),
  ),
);

/** Text of several lines, for people. */
export const text = (longest: number, description: string) =>
  v.exactOptional(
    v.pipe(
      v.string('must be text'),
      v.maxLength(longest, `must have at most ${longest} characters`),
      v.description(description),
    ),
  );

/** Where a repository is. */
export const place = {
  remote: v.exactOptional(
    line(
      260,
      'Host of the forge, such as `bitbucket.org`, or `local`. Default: what the server is configured with.',
    ),
  ),
  org: v.exactOptional(
    line(
      1024,
      'Owner of the repository (workspace, organization, group), where `repo` is a bare name.',
    ),
  ),
};

export const pullRequestUrl = line(2048, 'Web address of the pull request.');
export const webhookUrl = line(2048, 'Address to call.');

/**
 * A number in a path or query, where all values are text. The documentation says what the text must be: `metadata.query` stands
 * there in place of the schema.
 */
export function number(description: string, longest = 999_999_999) {
  return v.pipe(
    v.string('must be text'),
    v.description(description),
    v.metadata({ query: { type: 'integer', minimum: 1, maximum: longest } }),
    v.regex(/^[0-9]{1,9}$/, 'must be a whole number'),
    v.transform(Number),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(longest, `must be at most ${longest}`),
  );
}

/** How many entries of a list are wanted. */
export const count = (longest: number, standard: number) =>
  v.optional(number('At most this many.', longest), `${standard}`);
