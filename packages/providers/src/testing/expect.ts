import assert from 'node:assert/strict';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { FileChange } from '../commit-types.ts';
import type { ProviderErrorCode } from '../errors.ts';
import type { PullRequest } from '../pull-request-types.ts';
import type { ContractContext } from './contract.ts';

const encoder = new TextEncoder();

/** An object id that no repository holds. */
export const absentSha = 'deadbeef'.repeat(5);

/** Encodes text as UTF-8. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A change that writes a text file. */
export function write(path: string, text: string): FileChange {
  return { type: 'write', path, content: bytes(text) };
}

/** Asserts that a call fails with a `ProviderError` of one of these codes. */
export async function rejectsWith(
  codes: ProviderErrorCode | readonly ProviderErrorCode[],
  call: () => Promise<unknown>,
): Promise<void> {
  const allowed: readonly string[] = typeof codes === 'string' ? [codes] : codes;
  await assert.rejects(call, (error: unknown) => {
    assert.ok(isGitOpsError(error), `not a GitOpsError: ${String(error)}`);
    assert.ok(
      allowed.includes(error.code),
      `expected ${allowed.join(' or ')}, got ${error.code}: ${error.message}`,
    );
    assert.notEqual(error.message, '');
    return true;
  });
}

/** Collects an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = [];
  for await (const item of items) result.push(item);
  return result;
}

/** Returns a value that must be there. */
export function present<T>(value: T | undefined, what: string): T {
  assert.ok(value !== undefined, `${what} is absent`);
  return value;
}

/** Reads a file as text through the provider; it must exist. */
export async function readText(
  { repository }: ContractContext,
  path: string,
  ref: string,
): Promise<string> {
  const file = present(await repository.files.read(path, ref), `"${path}" at "${ref}"`);
  return new TextDecoder().decode(file.content);
}

/** Reads the tip of a branch through the provider; it must exist. */
export async function head({ repository }: ContractContext, branch: string): Promise<string> {
  return present(await repository.branches.get(branch), `branch "${branch}"`).sha;
}

/** Seeds `main` and a branch `feature` that changes `app.yaml` and adds `new.yaml`, and opens a pull request between them. */
export async function openPullRequest(
  context: ContractContext,
  options: { readonly title?: string; readonly deleteSourceBranch?: boolean } = {},
): Promise<{ pull: PullRequest; base: string; feature: string }> {
  const { subject, repository } = context;
  const base = await subject.seed({
    branch: 'main',
    files: { 'app.yaml': 'image: web:1\nreplicas: 1\n', 'other.yaml': 'other: 1\n' },
  });
  const feature = await subject.seed({
    branch: 'feature',
    from: 'main',
    files: { 'app.yaml': 'image: web:2\nreplicas: 1\n', 'new.yaml': 'new: 1\n' },
  });
  const pull = await repository.pullRequests.create({
    title: options.title ?? 'Update web',
    description: 'Sets web to 2.',
    source: 'feature',
    destination: 'main',
    ...(options.deleteSourceBranch === undefined
      ? {}
      : { deleteSourceBranch: options.deleteSourceBranch }),
  });
  return { pull, base, feature };
}
