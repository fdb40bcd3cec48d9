import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// Beside the repository: the description is read in place.
const path = fileURLToPath(
  new URL('../../../../shared/contracts/github/webhooks.json', import.meta.url),
);
const present = existsSync(path);

type Node = Readonly<Record<string, unknown>>;

const pull = [
  'action',
  'repository.full_name',
  'pull_request.number',
  'pull_request.merged',
  'pull_request.head.ref',
  'pull_request.head.repo.full_name',
  'pull_request.base.ref',
];
const run = ['head_sha', 'name', 'path', 'status', 'conclusion'].map(
  (name) => `workflow_run.${name}`,
);

/** The members that the reader of webhooks uses, by the delivery that has them. */
const used: Readonly<Record<string, readonly string[]>> = {
  push: ['repository.full_name', 'ref', 'before', 'after', 'head_commit.id', 'commits.0.id'],
  'pull-request-opened': pull,
  'pull-request-closed': pull,
  'pull-request-synchronize': pull,
  'pull-request-reopened': pull,
  status: ['repository.full_name', 'sha', 'state', 'context'],
  'workflow-run-requested': ['repository.full_name', ...run],
  'workflow-run-in-progress': ['repository.full_name', ...run],
  'workflow-run-completed': ['repository.full_name', ...run],
};

const named = present ? '' : ' (skipped: the description is absent)';

describe.skipIf(!present)(`GitHub's description of webhooks${named}`, () => {
  const document: Node = present ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const members = Object.entries(used).flatMap(([name, paths]) =>
    paths.map((member) => [name, member] as const),
  );

  it.each(members)('has for %s the member %s', (name, member) => {
    const hook = at(document, ['x-webhooks', name, 'post', 'requestBody', 'content']);
    const schema = at(hook, ['application/json', 'schema']);
    expect(has(document, schema, member.split('.')), member).toBe(true);
  });

  it('has no member that is not there', () => {
    const schema = at(document, ['components', 'schemas', 'webhook-push']);
    expect(has(document, schema, ['repository', 'nonsense'])).toBe(false);
  });
});

function at(node: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Node)[name] : undefined,
    node,
  );
}

function has(document: Node, node: unknown, [first, ...rest]: readonly string[]): boolean {
  const pointer = at(node, ['$ref']);
  if (typeof pointer === 'string') {
    return has(
      document,
      at(document, pointer.slice(2).split('/')),
      first === undefined ? [] : [first, ...rest],
    );
  }
  if (node === undefined) return false;
  if (first === undefined) return true;
  const below = first === '0' ? at(node, ['items']) : at(node, ['properties', first]);
  if (below !== undefined && has(document, below, rest)) return true;
  const others = ['allOf', 'anyOf', 'oneOf'].flatMap(
    (kind) => (at(node, [kind]) ?? []) as unknown[],
  );
  return others.some((other) => has(document, other, [first, ...rest]));
}
