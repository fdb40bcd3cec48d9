import type { EditedManifest } from './edit-manifest.ts';
import type { SetImageInput } from './set-image.ts';
import type { SetImageResult } from './types.ts';

/** What a change of images came to. */
interface Report {
  readonly input: Omit<SetImageInput, 'repository'>;
  readonly repository: string;
  readonly edited: EditedManifest | undefined;
  readonly dryRun: boolean;
  readonly made?: { readonly sha: string; readonly webUrl: string | undefined } | undefined;
}

/** Writes the result of `setImage`. */
export function report({ input, repository, edited, dryRun, made }: Report): SetImageResult {
  const { branch, path, image } = input;
  const changes = edited?.changes ?? [];
  const changed = changes.length > 0;
  return {
    success: true,
    repository,
    branch,
    yaml_path: path,
    image,
    changed,
    skipped: !changed,
    changes,
    diff: edited?.diff ?? '',
    commit: made?.sha ?? null,
    commit_url: made?.webUrl ?? null,
    dry_run: dryRun,
    message: messageOf(),
  };

  function messageOf(): string {
    if (!changed) return `"${path}" on "${branch}" has image ${image} already.`;
    const what = `${changes.length} image${changes.length === 1 ? '' : 's'} in "${path}" on "${branch}" to ${image}`;
    return made === undefined
      ? `Would set ${what}.`
      : `Set ${what} in commit ${made.sha.slice(0, 12)}.`;
  }
}
