import { describe, expect, it } from 'vitest';
import { explainResponse, readRefusal } from './errors.ts';
import { readMergeRefusal } from './merge-refusal.ts';

const response = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  body: Buffer.from(body),
  headers: new Headers(headers),
  attempts: 1,
});
const conflict = JSON.stringify({
  Style: 'merge',
  StdOut: 'CONFLICT (content): Merge conflict in app.yaml\n',
  StdErr: '',
  Err: {},
});

describe('readRefusal', () => {
  it.each<[string, string, string | undefined]>([
    ['a message', '{"message":"no such branch","url":"x"}', 'no such branch'],
    ['several', '{"message":"[Title]: Required","errors":["a",1,"b"]}', '[Title]: Required a b'],
    ['a conflict as Go writes it', conflict, 'CONFLICT (content): Merge conflict in app.yaml'],
    ['an empty one', '{"message":""}', ''],
    ['line breaks', '{"message":"a\\r\\nb\\u001b[31m c"}', 'a b [31m c'],
    ['another shape', '{"error":"x"}', undefined],
    ['nothing', '', undefined],
  ])('reads %s', (_, body, expected) => {
    expect(readRefusal(response(400, body))?.message).toBe(expected);
  });
});

describe('explainResponse', () => {
  const request = { method: 'GET', path: '/x', expect: [200], doing: 'read x' } as const;

  it.each([
    [400, 'PROVIDER_REJECTED'],
    [401, 'PROVIDER_UNAUTHENTICATED'],
    [403, 'PROVIDER_FORBIDDEN'],
    [404, 'PROVIDER_NOT_FOUND'],
    [409, 'PROVIDER_CONFLICT'],
    [422, 'PROVIDER_REJECTED'],
    [423, 'PROVIDER_REJECTED'],
    [429, 'PROVIDER_RATE_LIMITED'],
    [500, 'PROVIDER_UNAVAILABLE'],
  ])('gives %d the code %s and a hint', (status, code) => {
    const error = explainResponse(response(status, ''), request);
    expect(error).toMatchObject({ code, details: { status } });
    expect(error.hint).toBeTruthy();
  });
});

describe('readMergeRefusal', () => {
  const read = (status: number, body: string) => {
    const refusal = readMergeRefusal(response(status, body), 'Pull request 7');
    return typeof refusal === 'string' ? refusal : refusal.code;
  };
  const said = (message: string) => JSON.stringify({ message, url: 'x' });

  it.each([
    [404, said("The target couldn't be found."), 'PROVIDER_REJECTED'],
    [405, said('Please try again later'), 'not-ready'],
    [405, said('User not allowed to merge PR'), 'PROVIDER_MERGE_BLOCKED'],
    [405, said(''), 'PROVIDER_MERGE_BLOCKED'],
    [409, conflict, 'PROVIDER_MERGE_CONFLICT'],
    [409, said('rebase failed because of conflict'), 'PROVIDER_MERGE_CONFLICT'],
    [409, said('head out of date'), 'PROVIDER_CONFLICT'],
    [409, said('merge push out of date'), 'not-ready'],
    [409, said('pull request is already scheduled to auto merge'), 'already-scheduled'],
    [409, said('PushRejected with remote message: no conflict'), 'PROVIDER_MERGE_BLOCKED'],
    [409, '', 'PROVIDER_CONFLICT'],
  ])('reads %d %s as %s', (status, body, expected) => {
    expect(read(status, body)).toBe(expected);
  });
});
