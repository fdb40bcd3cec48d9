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
    [410, 'PROVIDER_REJECTED', /removed/],
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
  it.each<[string, ReturnType<typeof response>, number | undefined]>([
    ['Retry-After', response(403, '', { 'retry-after': '3' }), 3000],
    [
      'the end of the hour',
      response(403, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1060' }),
      60_000,
    ],
    [
      'an end that has passed',
      response(429, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '10' }),
      0,
    ],
    ['no time', response(429, ''), 60_000],
    ['no time, the third time', { ...response(429, ''), attempts: 3 }, 240_000],
    ['a secondary limit', response(403, '{"message":"secondary rate limit"}'), 60_000],
    ['an end that is none', response(429, '', { 'x-ratelimit-reset': 'soon' }), 60_000],
  ])('goes by %s', (_, answer, waitMs) => {
    expect(rateLimit(answer, clock)).toEqual({ waitMs });
  });

  it.each([
    ['a missing permission', response(403, '{"message":"Resource not accessible"}')],
    ['trouble', response(502, '', { 'retry-after': '3' })],
    ['an answer', response(200, '', { 'x-ratelimit-remaining': '0' })],
  ])('is not %s', (_, answer) => {
    expect(rateLimit(answer, clock)).toBeUndefined();
  });
});
