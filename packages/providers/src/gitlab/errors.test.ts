import { describe, expect, it } from 'vitest';
import { explainResponse, readRefusal } from './errors.ts';

const response = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  body: Buffer.from(body),
  headers: new Headers(headers),
  attempts: 1,
});
const request = { method: 'GET', path: '/x', expect: [200], doing: 'read x' } as const;

describe('readRefusal', () => {
  it.each<[string, string, string | undefined]>([
    ['a text', '{"message":"404 Project Not Found"}', '404 Project Not Found'],
    [
      'a list',
      '{"message":["Title is too long","Branch is missing"]}',
      'Title is too long, Branch is missing',
    ],
    [
      'fields',
      '{"message":{"base":["Reference not found"],"key":["is invalid"]}}',
      'Reference not found, key: is invalid',
    ],
    [
      'an OAuth error',
      '{"error":"invalid_token","error_description":"Token was revoked."}',
      'invalid_token, Token was revoked.',
    ],
    [
      'a missing scope',
      '{"error":"insufficient_scope","scope":"api"}',
      'insufficient_scope (needed: api)',
    ],
    ['line breaks and escapes', '{"message":"a\\r\\nb\\u001b[31m c"}', 'a b [31m c'],
    [
      'a page of a gateway',
      '<html><head><title>502 Bad Gateway</title></head></html>',
      '502 Bad Gateway',
    ],
    ['plain text', 'Retry later\n', 'Retry later'],
    ['nothing', '', undefined],
    ['JSON of another shape', '{"x":1}', undefined],
    ['numbers for text', '{"message":42}', undefined],
    ['broken JSON', '{"message":{', undefined],
  ])('reads %s', (_, body, expected) => {
    expect(readRefusal(response(400, body))?.message).toBe(expected);
  });

  it('is short whatever comes', () => {
    const deep = `${'{"a":'.repeat(5000)}"x"${'}'.repeat(5000)}`;
    expect(readRefusal(response(400, `{"message":${deep}}`))).toBeUndefined();
    const many = JSON.stringify({
      message: Array.from({ length: 100_000 }, (_, index) => `m${index}`),
    });
    expect(readRefusal(response(400, many.slice(0, 60_000)))?.message ?? '').toHaveLength(0);
    expect(
      readRefusal(response(400, JSON.stringify({ message: 'x'.repeat(10_000) })))?.message,
    ).toHaveLength(1000);
  });
});

describe('explainResponse', () => {
  it.each([
    [400, 'PROVIDER_REJECTED'],
    [401, 'PROVIDER_UNAUTHENTICATED'],
    [403, 'PROVIDER_FORBIDDEN'],
    [404, 'PROVIDER_NOT_FOUND'],
    [406, 'PROVIDER_CONFLICT'],
    [409, 'PROVIDER_CONFLICT'],
    [422, 'PROVIDER_REJECTED'],
    [429, 'PROVIDER_RATE_LIMITED'],
    [500, 'PROVIDER_UNAVAILABLE'],
  ])('gives %d the code %s, a hint and the status', (status, code) => {
    const error = explainResponse(response(status, ''), request);
    expect(error).toMatchObject({ code, details: { status } });
    expect(error.hint).toBeTruthy();
    expect(error.message).toContain(`GitLab answered ${status} when asked to read x`);
  });
});
