import { describe, expect, it } from 'vitest';
import { contractPresent, loadContract } from './contract.ts';
import { contractGaps } from './gaps.ts';

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
        path: `/projects/acme%2Fshop${path}`,
        query: new URLSearchParams(query),
        contentType: body === undefined ? '' : json,
        body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      },
      { status, contentType: answer === undefined ? '' : json, json: answer },
    ) ?? []
  );
}

const named = contractPresent ? '' : ' (skipped: the document is absent)';

describe.skipIf(!contractPresent)(`the document of GitLab${named}`, () => {
  const commit = {
    branch: 'b',
    commit_message: 'm',
    actions: [{ action: 'delete', file_path: 'a' }],
  };

  it('takes what is documented', () => {
    const branch = { name: 'main', commit: { id: sha }, web_url: 'https://gitlab.com/a/b' };
    expect(check({ path: '/repository/branches/main', answer: branch })).toEqual([]);
    expect(
      check({ path: '/repository/branches', query: 'per_page=100&search=x', answer: [branch] }),
    ).toEqual([]);
    expect(
      check({ method: 'POST', path: '/repository/commits', body: commit, status: 400 }),
    ).toEqual([]);
    // Git answers this one itself.
    expect(check({ method: 'POST', path: '.git/git-receive-pack' })).toEqual([]);
  });

  it.each<[string, Call, RegExp]>([
    ['an unknown operation', { path: '/nonsense' }, /no such operation/],
    [
      'an unknown parameter',
      { path: '/merge_requests', query: 'source=x' },
      /unknown query parameter "source"/,
    ],
    [
      'a parameter of another value',
      { path: '/merge_requests', query: 'state=open' },
      /query parameter "state"/,
    ],
    ['a parameter that is missing', { path: '/repository/compare', query: 'from=a' }, /"to"/],
    [
      'a member that is misspelt',
      {
        method: 'POST',
        path: '/repository/commits',
        body: { ...commit, start_commit: sha },
        status: 400,
      },
      /request body: .*start_commit/,
    ],
    [
      'an action that there is not',
      {
        method: 'POST',
        path: '/repository/commits',
        body: { ...commit, actions: [{ action: 'write', file_path: 'a' }] },
        status: 400,
      },
      /request body: .*allowed values/,
    ],
    [
      'a state that there is not',
      { method: 'POST', path: `/statuses/${sha}`, body: { state: 'cancelled' }, status: 400 },
      /request body: .*allowed values/,
    ],
    [
      'a body that lacks a member',
      { method: 'POST', path: '/merge_requests', body: { title: 't' }, status: 400 },
      /request body: .*source_branch/,
    ],
    ['an undocumented status', { path: '/repository/branches/main', status: 418 }, /status 418/],
    [
      'an answer of another shape',
      { path: '/merge_requests/1', answer: { iid: 1, title: 't' } },
      /answer 200/,
    ],
    [
      'a note that is empty',
      { method: 'POST', path: '/merge_requests/1/notes', body: { body: '' }, status: 400 },
      /request body/,
    ],
    [
      'an error of another shape',
      { path: '/repository/branches/main', status: 404, answer: { text: 'no' } },
      /answer 404/,
    ],
  ])('refuses %s', (_, call, expected) => {
    expect(check(call).join('\n')).toMatch(expected);
  });

  it('has a reason for each gap', () => {
    for (const { reason } of contractGaps) expect(reason.length).toBeGreaterThan(20);
  });
});
