import { ProviderError } from './errors.ts';
import type { HttpResponse } from './http/http-message.ts';
import type { refusedAs } from './http/refusal.ts';
import { isUncertain } from './http/transport-error.ts';

/** The branch or tag that is to be made, and where. */
export interface WantedRef {
  readonly what: 'branch' | 'tag';
  readonly name: string;
  readonly sha: string;
  /** Full name of the repository. */
  readonly repository: string;
}

/** The calls of one forge that make a ref. */
export interface RefCalls<Ref> {
  /** Asks for it. @returns The ref, or the answer that refuses it. */
  create(): Promise<{ readonly made: Ref } | { readonly refusal: HttpResponse }>;
  /** Reads the ref of that name; `undefined` when there is none. */
  find(): Promise<Ref | undefined>;
  /** Tells whether it was refused since there is no such commit. */
  commitIsMissing(refusal: HttpResponse): Promise<boolean>;
  readonly refused: ReturnType<typeof refusedAs>;
}

/**
 * Makes a branch or tag once. Forges refuse for several reasons with one status, so the state says which one it is; and when the answer is lost,
 * the state says whether it was made.
 *
 * @throws ProviderError `PROVIDER_ALREADY_EXISTS`, `PROVIDER_NOT_FOUND` (no such commit), `PROVIDER_REJECTED`
 */
export async function createRefOnce<Ref extends { readonly sha: string }>(
  { what, name, sha, repository }: WantedRef,
  calls: RefCalls<Ref>,
): Promise<Ref> {
  const alreadyExists = () =>
    new ProviderError(
      'PROVIDER_ALREADY_EXISTS',
      `"${repository}" has a ${what} "${name}" already.`,
    );
  try {
    const outcome = await calls.create();
    if ('made' in outcome) return outcome.made;
    const { refusal } = outcome;
    if ((await calls.find()) !== undefined) throw alreadyExists();
    throw calls.refused(
      (await calls.commitIsMissing(refusal)) ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
      `${what === 'tag' ? 'Tag' : 'Branch'} "${name}" of "${repository}" cannot be created at "${sha}"`,
      refusal,
    );
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const existing = await calls.find();
    if (existing?.sha === sha) return existing;
    throw existing === undefined ? error : alreadyExists();
  }
}
