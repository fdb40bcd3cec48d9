import { describe, expect, it } from 'vitest';
import { contractPresent, loadContract } from './contract.ts';
import { contractGaps } from './gaps.ts';
import { loadGraphqlSchema } from './graphql-schema.ts';

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

describe.skipIf(!contractPresent)(`the document of GitHub${named}`, () => {
  it('takes what is documented, also refs with slashes', () => {
    const sha = 'a'.repeat(40);
    const url = 'https://example.com/';
    const ref = { ref: 'refs/heads/a/b', node_id: 'x', url, object: { type: 'commit', sha, url } };
    expect(check({ path: '/git/ref/heads/a/b', answer: ref })).toEqual([]);
    expect(check({ path: '/pulls', query: 'state=open&per_page=100', answer: [] })).toEqual([]);
  });

  it.each<[string, Call, RegExp]>([
    ['an unknown operation', { path: '/nonsense' }, /no such operation/],
    [
      'an unknown parameter',
      { path: '/pulls', query: 'source=x' },
      /unknown query parameter "source"/,
    ],
    ['another state', { path: '/pulls', query: 'state=merged' }, /query parameter "state"/],
    [
      'another method of a merge',
      { method: 'PUT', path: '/pulls/1/merge', body: { merge_method: 'ff' }, status: 409 },
      /request body/,
    ],
    [
      'a misspelt member',
      { method: 'PUT', path: '/pulls/1/merge', body: { expected_sha: 'x' }, status: 409 },
      /request body/,
    ],
    [
      'a configuration of a webhook with another member',
      { method: 'PATCH', path: '/hooks/1/config', body: { uri: 'x' } },
      /request body/,
    ],
    ['an undocumented status', { path: '/pulls', status: 418 }, /status 418/],
    [
      'an answer of another shape',
      { path: '/git/ref/heads/a', answer: { ref: 'x' } },
      /answer 200/,
    ],
  ])('refuses %s', (_, call, expected) => {
    expect(check(call).join('\n')).toMatch(expected);
  });

  it('has a reason for each gap', () => {
    for (const { reason } of contractGaps) expect(reason.length).toBeGreaterThan(20);
  });
});

it('has the mutations of GitHub that compare and swap', () => {
  const fields = loadGraphqlSchema().getMutationType()?.getFields() ?? {};
  expect(Object.keys(fields)).toEqual(
    expect.arrayContaining(['createCommitOnBranch', 'updateRefs']),
  );
});
