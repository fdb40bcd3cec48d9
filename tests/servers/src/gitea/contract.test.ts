import { describe, expect, it } from 'vitest';
import { contractPresent, loadContract } from './contract.ts';
import { contractGaps } from './gaps.ts';

const R = '/repos/acme/shop';
const json = 'application/json';

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly answer?: unknown;
}

function check(call: Call): readonly string[] {
  const { method = 'GET', path, query = '', body, status = 200, answer } = call;
  return (
    loadContract()?.check(
      {
        method,
        path: `${R}${path}`,
        query: new URLSearchParams(query),
        contentType: body === undefined ? '' : json,
        body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      },
      { status, contentType: answer === undefined ? '' : json, json: answer },
    ) ?? []
  );
}

const named = contractPresent ? '' : ' (skipped: the document is absent)';

describe.skipIf(!contractPresent)(`the document of Gitea${named}`, () => {
  it('takes what is documented', () => {
    const branch = { name: 'main', commit: { id: 'a'.repeat(40) } };
    expect(check({ path: '/branches/env%2Fprod', answer: branch })).toEqual([]);
    expect(check({ path: '/branches', query: 'page=2&limit=50', answer: [branch] })).toEqual([]);
    const files = [{ operation: 'create', path: 'a', content: '' }];
    const body = { branch: 'main', message: 'm', files };
    expect(check({ method: 'POST', path: '/contents', body, status: 422 })).toEqual([]);
  });

  it.each<[string, Call, RegExp]>([
    ['an unknown operation', { path: '/nonsense' }, /no such operation/],
    [
      'an unknown parameter',
      { path: '/branches', query: 'per_page=5' },
      /unknown query parameter "per_page"/,
    ],
    [
      'a member of a body that means nothing',
      { method: 'POST', path: '/branches', body: { new_branch_name: 'x', sha: 'y' }, status: 409 },
      /request body/,
    ],
    [
      'an operation on a file that older versions do not know and the document does not either',
      {
        method: 'POST',
        path: '/contents',
        body: { files: [{ operation: 'upsert', path: 'a' }] },
        status: 422,
      },
      /request body/,
    ],
    [
      'a style of merging that there is not',
      { method: 'POST', path: '/pulls/1/merge', body: { Do: 'octopus' }, status: 405 },
      /request body/,
    ],
    [
      'a state of a status that there is not',
      { method: 'POST', path: '/statuses/abc', body: { state: 'running' }, status: 400 },
      /request body/,
    ],
    ['a status that is not documented', { path: '/branches', status: 418 }, /status 418/],
    ['an answer of another shape', { path: '/branches/main', answer: { name: 1 } }, /answer 200/],
    [
      'an error without a message',
      { path: '/branches/main', status: 404, answer: { text: 'no' } },
      /answer 404/,
    ],
  ])('refuses %s', (_, call, expected) => {
    expect(check(call).join('\n')).toMatch(expected);
  });

  it('has a reason for each gap', () => {
    for (const { reason } of contractGaps) expect(reason.length).toBeGreaterThan(20);
  });
});
