import { describe, expect, it } from 'vitest';
import { explainResponse, rateLimit, readRefusal } from './errors.ts';

const response = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  body: Buffer.from(body),
  headers: new Headers(headers),
  attempts: 1,
});
const request = { method: 'GET', path: '/x', expect: [200], doing: 'read x' } as const;
const clock = { now: () => 1_000_000, random: () => 1, sleep: async () => undefined };

describe('readRefusal', () => {
  it.each<[string, string, string | undefined]>([
    ['a message', '{"message":"Not Found","status":"404"}', 'Not Found'],
    [
      'its errors',
      '{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"No commits between a and b"},{"resource":"Label","field":"name","code":"missing"},"as text"]}',
      'Validation Failed No commits between a and b Label.name: missing as text',
    ],
    ['errors of another shape', '{"message":"m","errors":{"a":1}}', 'm'],
    ['line breaks', '{"message":"a\\r\\nb\\u001b[31m c"}', 'a b [31m c'],
    ['JSON of another shape', '{"error":"x"}', undefined],
    ['broken JSON', '{"message":', undefined],
    ['nothing', '', undefined],
  ])('reads %s', (_, body, expected) => {
    expect(readRefusal(response(422, body))?.message).toBe(expected);
  });
});

describe('explainResponse', () => {
  it.each([
    [401, 'PROVIDER_UNAUTHENTICATED', /new token/],
    [403, 'PROVIDER_FORBIDDEN', /permission/],
    [404, 'PROVIDER_NOT_FOUND', /has access/],
    [409, 'PROVIDER_CONFLICT', /new state/],
    [410, 'PROVIDER_REJECTED', /gone/],
    [422, 'PROVIDER_REJECTED', /message/],
    [451, 'PROVIDER_REJECTED', /legal/],
    [429, 'PROVIDER_RATE_LIMITED', /time/],
    [502, 'PROVIDER_UNAVAILABLE', /later/],
  ] as const)('gives %d the code %s and a hint', (status, code, hint) => {
    const error = explainResponse(response(status, '{"message":"said"}'), request);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(hint), details: { status } });
    expect(error.message).toContain(`GitHub answered ${status} when asked to read x: said`);
  });

  it('names the permission that is missing, but nothing else that a header may hold', () => {
    const named = (value: string) =>
      explainResponse(response(404, '', { 'x-accepted-oauth-scopes': value }), request).message;
    expect(named('repo, admin:repo_hook')).toContain('(needed: repo, admin:repo_hook)');
    expect(named('<script>')).not.toContain('script');
  });
});

describe('rateLimit', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const graphql = (type: string, message = 'm') => JSON.stringify({ errors: [{ type, message }] });

  it.each<[string, ReturnType<typeof response>, number, boolean?]>([
    ['Retry-After', response(403, '', { 'retry-after': '3' }), 3000],
    [
      'the end of the hour',
      response(403, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1060' }),
      60_000,
      false,
    ],
    [
      'an end that has passed',
      response(429, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '10' }),
      0,
      false,
    ],
    ['no time', response(429, ''), 60_000],
    ['no time, the third time', { ...response(429, ''), attempts: 3 }, 240_000],
    ['a secondary limit', response(403, '{"message":"secondary rate limit"}'), 60_000],
    ['an end that is none', response(429, '', { 'x-ratelimit-reset': 'soon' }), 60_000],
    [
      'the end of the hour of GraphQL, which answers 200',
      response(200, graphql('RATE_LIMITED'), {
        ...json,
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1042',
      }),
      42_000,
      false,
    ],
    [
      'a secondary limit of GraphQL',
      response(200, graphql('', 'You have exceeded a secondary rate limit'), {
        ...json,
        'retry-after': '30',
      }),
      30_000,
    ],
  ])('goes by %s', (_, answer, waitMs, ofAll = true) => {
    expect(rateLimit(answer, clock)).toEqual({ waitMs, ofAll });
    expect(explainResponse(answer, request).code).toBe('PROVIDER_RATE_LIMITED');
  });

  it.each<[string, Record<string, string>, RegExp, string]>([
    ['the time that is asked for', { 'retry-after': '30' }, /wait until or for "30"/, '30'],
    [
      'the end of the hour',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1060' },
      /ends at 1970-01-01T00:17:40.000Z/,
      'Thu, 01 Jan 1970 00:17:40 GMT',
    ],
    ['a minute where GitHub names no time', {}, /wants a minute at least/, '60'],
  ])('is told with %s', (_, headers, when, retryAfter) => {
    const answer = response(403, '{"message":"You have exceeded a secondary rate limit"}', headers);
    expect(explainResponse(answer, request)).toMatchObject({
      message: expect.stringMatching(when),
      details: { status: 403, retryAfter },
    });
  });

  it.each([
    ['a missing permission', response(403, '{"message":"Resource not accessible"}')],
    ['trouble', response(502, '', { 'retry-after': '3' })],
    ['an answer', response(200, '', { 'x-ratelimit-remaining': '0' })],
    [
      'a file that looks like one',
      response(200, graphql('RATE_LIMITED'), { 'content-type': 'application/vnd.github.raw+json' }),
    ],
    ['an answer that speaks of one', response(200, '{"message":"rate limit"}', json)],
    ['another error', response(200, graphql('NOT_FOUND', 'no file "rate limit"'), json)],
  ])('is not %s', (_, answer) => {
    expect(rateLimit(answer, clock)).toBeUndefined();
  });
});
