import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link ManifestError}. */
export const manifestErrorCodes = {
  MANIFEST_SYNTAX: {
    summary: 'The text is not valid YAML or JSON.',
    hint: 'Correct the line that the message names; a Helm template must be rendered first.',
  },
  MANIFEST_IMAGE_INVALID: {
    summary:
      'An image reference does not follow the grammar of the OCI distribution specification.',
    hint: 'Write it as registry/repository:tag, registry/repository@sha256:…, a tag alone, or @sha256:… alone.',
  },
  MANIFEST_IMAGE_NOT_FOUND: {
    summary: 'The manifest has no image that fits the request.',
    hint: 'Choose one of the images that the message lists, or check the file.',
  },
  MANIFEST_IMAGE_AMBIGUOUS: {
    summary: 'Several images could be meant and none has the repository of the new one.',
    hint: 'Name one with --container, or change every one with --all.',
  },
  MANIFEST_SHARED_ANCHOR: {
    summary:
      'The image stands behind a YAML anchor that something else shares, which is not meant.',
    hint: 'Write the value out in the place that is meant, or use --all if all of them are meant.',
  },
  MANIFEST_UNSAFE_EDIT: {
    summary: 'The value cannot be changed in place without a risk for the rest of the file.',
    hint: 'Change this value by hand; the message says what stands in the way.',
  },
  MANIFEST_LIMIT_EXCEEDED: {
    summary: 'The text is larger, deeper or more repetitive than the limits allow.',
    hint: 'Split the file, or raise the limit if this size is meant.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link manifestErrorCodes}. */
export type ManifestErrorCode = keyof typeof manifestErrorCodes;

/** Says why a manifest could not be read or edited. The text that was given is never changed when it is thrown. */
export class ManifestError extends GitOpsError {
  override readonly name = 'ManifestError';
  readonly code: ManifestErrorCode;

  constructor(code: ManifestErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...manifestErrorCodes[code], ...options });
    this.code = code;
  }
}
