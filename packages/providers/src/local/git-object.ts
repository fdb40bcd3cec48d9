import { ProviderError } from '../errors.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** An object of the store, checked against its id. */
export interface GitObject {
  readonly type: ObjectType;
  readonly content: Buffer;
}

/** Makes the error for data of the repository that is not what Git writes. */
export function damaged(what: string, cause?: unknown): ProviderError {
  return new ProviderError('PROVIDER_BAD_RESPONSE', `${what} of the repository is damaged`, {
    hint: 'Run `git fsck` in the repository.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Makes the error for an object above the limit. */
export function tooLarge(size: number, limit: number): ProviderError {
  return new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `an object of ${size} bytes is larger than the limit of ${limit}`,
  );
}
