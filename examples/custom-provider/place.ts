// One repository of the forge, as every part of the provider sees it.
import type { RequestOptions } from '@bowline/gitops-providers';
import { refuse } from './checks.ts';
import type { Forge, Repository } from './forge.ts';

export interface Place {
  readonly forge: Forge;
  readonly fullName: string;
  readonly webUrl: string;
}

/**
 * Runs a call on the repository.
 *
 * A signal that has fired rejects with its reason, unchanged. A real forge hands the signal on to `fetch` as well.
 */
export async function on<T>(
  { forge, fullName }: Place,
  options: RequestOptions | undefined,
  work: (repository: Repository) => T,
): Promise<T> {
  options?.signal?.throwIfAborted();
  const repository = forge.repositories.get(fullName);
  if (repository === undefined) {
    throw refuse('PROVIDER_NOT_FOUND', `There is no repository "${fullName}".`);
  }
  return work(repository);
}

/** The same for a list, of which each item is made when it is asked for. */
export async function* each<T>(
  place: Place,
  options: RequestOptions | undefined,
  work: (repository: Repository) => Iterable<T>,
): AsyncGenerator<T, void, undefined> {
  yield* await on(place, options, work);
}

/** Finds the commit of a branch, tag or id. */
export function resolve(repository: Repository, ref: string): string {
  const sha = repository.branches.get(ref) ?? repository.tags.get(ref) ?? ref;
  if (repository.commits.has(sha)) return sha;
  throw refuse('PROVIDER_NOT_FOUND', `There is no branch, tag or commit "${ref}".`);
}
