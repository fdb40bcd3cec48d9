import { Secret } from '@bowline/gitops-errors';
import type { ConfigIssue } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';
import type { Sourced } from './layer.ts';
import { openSecret, type SecretPlaces } from './secret-reference.ts';
import type { SecretReference } from './types.ts';

/** Where a checked {@link ConfigInput} comes from. */
export interface InputOrigin {
  /** What stands as the source of a value that has no line. */
  readonly name: string;
  readonly locate: Locate;
  readonly places: SecretPlaces;
}

/** Makes a value with the place of its key. */
export function sourcedAt<T>(origin: InputOrigin, path: KeyPath, value: T): Sourced<T> {
  const place = origin.locate(path, 'value');
  const source =
    place.file === undefined
      ? origin.name
      : [place.file, place.line].filter((part) => part !== undefined).join(':');
  return { value, source, place: { ...place, key: dotted(path) } };
}

/** Makes an issue at the place of a key. */
export function issueAt(
  origin: InputOrigin,
  path: KeyPath,
  issue: Pick<ConfigIssue, 'code' | 'message' | 'hint'>,
): ConfigIssue {
  return { ...issue, ...origin.locate(path, 'value'), key: dotted(path) };
}

/** A secret, or what is wrong with its reference. */
export type Opened = { readonly secret: Secret } | { readonly issue: ConfigIssue };

/** Opens a reference for the place where it stands: a host, `notifications` or `server`. */
export async function openAt(
  reference: SecretReference,
  path: KeyPath,
  origin: InputOrigin,
): Promise<Opened> {
  const scope = String(path[0] === 'hosts' ? path[1] : path[0]);
  const opened = await openSecret(reference, origin.places, scope);
  return opened instanceof Secret ? { secret: opened } : { issue: issueAt(origin, path, opened) };
}
