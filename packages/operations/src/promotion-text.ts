import type { SetImageResult } from './types.ts';

/** Writes the text of the pull request that brings an image into an environment. */
export function describeChange(
  input: { readonly path: string; readonly cluster: string },
  changes: SetImageResult['changes'],
): string {
  const lines = changes.map(
    ({ container, before, after }) =>
      `- ${container === undefined ? '' : `${container}: `}\`${before}\` → \`${after}\``,
  );
  return [
    `Updates \`${input.path}\` in \`${input.cluster}\`.`,
    ...(lines.length === 0 ? [] : ['', ...lines]),
    '',
    'Opened by Bowline gitops.',
  ].join('\n');
}
