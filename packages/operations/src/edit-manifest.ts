import { type ImageChange, setImage, unifiedDiff } from '@bowline/gitops-manifests';
import { OperationError } from './errors.ts';

/** Which images of a file are meant. */
export interface ManifestEdit {
  readonly path: string;
  readonly image: string;
  /** @default the containers whose repository is the new image's, or the only one */
  readonly container?: string | undefined;
  /** @default false */
  readonly all?: boolean | undefined;
}

export interface EditedManifest {
  readonly content: Uint8Array;
  readonly changes: readonly ImageChange[];
  readonly diff: string;
}

/**
 * Sets the image in the bytes of a manifest.
 *
 * @returns `changes` is empty and `content` the same when the file has the image already.
 * @throws ManifestError what `setImage` of `@bowline/gitops-manifests` throws.
 */
export function editManifest(content: Uint8Array, edit: ManifestEdit): EditedManifest {
  const { path, image, container, all } = edit;
  const before = decode(content, path);
  const { text, changes } = setImage(before, image, {
    path,
    ...(container === undefined ? {} : { container }),
    ...(all === undefined ? {} : { all }),
  });
  return {
    content: changes.length === 0 ? content : new TextEncoder().encode(text),
    changes,
    diff: changes.length === 0 ? '' : unifiedDiff(before, text, { path }),
  };
}

function decode(content: Uint8Array, path: string): string {
  try {
    // A byte-order mark is part of the user's bytes and stays.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new OperationError('OPERATION_INVALID_ARGUMENT', `File "${path}" is not UTF-8 text.`, {
      cause,
      hint: 'Name a YAML or JSON file; other encodings than UTF-8 are not edited.',
    });
  }
}

/** The message of a commit that sets an image: conventional subject, and a trailer that names the tool. */
export function imageCommitMessage(image: string): string {
  return `chore: update image to ${image}\n\nUpdated-by: Bowline gitops\n`;
}
