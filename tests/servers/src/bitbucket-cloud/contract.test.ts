import { describe, expect, it } from 'vitest';
import { contractPresent, loadContract } from './contract.ts';
import { contractGaps } from './gaps.ts';

const R = '/repositories/acme/shop';
const json = 'application/json';
const sha = 'a'.repeat(40);

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

describe.skipIf(!contractPresent)(`the document of Bitbucket Cloud${named}`, () => {
  it('takes what is documented', () => {
    const branch = { type: 'branch', name: 'main', target: { type: 'commit', hash: sha } };
    expect(check({ path: '/refs/branches/main', answer: branch })).toEqual([]);
    expect(
      check({ path: '/refs/branches', query: 'pagelen=100&q=x', answer: { values: [branch] } }),
    ).toEqual([]);
  });

  it.each<[string, Call, RegExp]>([
    ['an unknown operation', { path: '/nonsense' }, /no such operation/],
    ['an unknown method', { method: 'PUT', path: '/src' }, /no such operation/],
    [
      'an unknown parameter',
      { path: '/refs/branches/main', query: 'expand=1' },
      /unknown query parameter "expand"/,
    ],
    [
      'a parameter of another type',
      { path: `/diff/${sha}`, query: 'topic=maybe' },
      /query parameter "topic"/,
    ],
    [
      'a body that lacks a member',
      { method: 'POST', path: '/pullrequests', body: { title: 't' }, status: 401 },
      /request body: .*'type'/,
    ],
    [
      'a member that a closed object does not have',
      {
        method: 'POST',
        path: '/pullrequests',
        body: { type: 'pullrequest', source: { branch: { name: 'a', prefix: 'b' } } },
        status: 401,
      },
      /request body: .*additional properties/,
    ],
    [
      'another strategy',
      {
        method: 'POST',
        path: '/pullrequests/1/merge',
        body: { type: 'x', merge_strategy: 'rebase' },
        status: 409,
      },
      /request body: .*allowed values/,
    ],
    [
      'an abbreviated commit for a new branch',
      {
        method: 'POST',
        path: '/refs/branches',
        body: { name: 'x', target: { hash: 'abc1234' } },
        status: 400,
      },
      /request body: .*pattern/,
    ],
    [
      'a body where none is',
      { method: 'POST', path: '/pullrequests/1/decline', body: {}, status: 555 },
      /although none is documented/,
    ],
    ['an undocumented status', { path: '/refs/branches/main', status: 418 }, /status 418/],
    [
      'an answer of another shape',
      { path: '/refs/branches/main', answer: { name: 'main' } },
      /answer 200: .*'type'/,
    ],
    [
      'an error of another shape',
      {
        path: '/refs/branches/main',
        status: 404,
        answer: { type: 'error', error: { text: 'no' } },
      },
      /answer 404/,
    ],
  ])('refuses %s', (_, call, expected) => {
    expect(check(call).join('\n')).toMatch(expected);
  });

  it('has a reason for each gap, and each gap names an operation that exists', () => {
    for (const gap of contractGaps) {
      expect(gap.reason.length).toBeGreaterThan(20);
      if (gap.operation === '*') continue;
      const [method = '', template = ''] = gap.operation.split(' ');
      const path = template
        .replace('/repositories/{workspace}/{repo_slug}', '')
        .replace(/\{[^}]+\}/g, 'x');
      expect(check({ method, path, status: 418 }).join('\n'), gap.operation).not.toMatch(
        /no such operation/,
      );
    }
  });
});
