import { describe, expect, it } from 'vitest';
import { explainResponse, readRefusal } from './errors.ts';

const response = (status: number, body: string, headers: Record<string, string> = {}) => ({
  status,
  body: Buffer.from(body),
  headers: new Headers(headers),
  attempts: 1,
});
const request = { method: 'GET', path: '/x', expect: [200], doing: 'read x' } as const;
const html = { 'content-type': 'text/html; charset=utf-8' };

describe('readRefusal', () => {
  it.each<[string, string, Record<string, string>, string | undefined]>([
    ['JSON', '{"type":"error","error":{"message":"No such branch"}}', {}, 'No such branch'],
    [
      'JSON with detail and fields',
      '{"error":{"message":"Bad request","detail":"Why","fields":{"title":["is required"],"source":"x"}}}',
      {},
      'Bad request Why title: is required source: x',
    ],
    ['JSON with line breaks', '{"error":{"message":"a\\r\\nb\\u001b[31m c"}}', {}, 'a b [31m c'],
    [
      'a page of a gateway',
      '<html><head><title>502 Bad Gateway</title></head></html>',
      html,
      '502 Bad Gateway',
    ],
    ['a page without a title', '<!DOCTYPE html><html></html>', {}, undefined],
    [
      'text',
      'Rate limit for this resource has been exceeded\n',
      {},
      'Rate limit for this resource has been exceeded',
    ],
    ['nothing', '', {}, undefined],
    ['JSON of another shape', '{"error":"x"}', {}, undefined],
    ['broken JSON', '{"error":{', {}, undefined],
    ['a list', '[]', {}, undefined],
  ])('reads %s', (_, body, headers, expected) => {
    expect(readRefusal(response(400, body, headers))?.message).toBe(expected);
  });

  it('is short whatever comes', () => {
    expect(readRefusal(response(500, 'x'.repeat(1_000_000)))?.message).toHaveLength(1000);
  });

  it('finds the key of a refusal', () => {
    const body = '{"error":{"message":"m","data":{"key":"BRANCH_ALREADY_EXISTS"}}}';
    expect(readRefusal(response(400, body))?.key).toBe('BRANCH_ALREADY_EXISTS');
  });
});

describe('explainResponse', () => {
  it.each([
    [302, 'PROVIDER_BAD_RESPONSE'],
    [400, 'PROVIDER_REJECTED'],
    [401, 'PROVIDER_UNAUTHENTICATED'],
    [403, 'PROVIDER_FORBIDDEN'],
    [404, 'PROVIDER_NOT_FOUND'],
    [409, 'PROVIDER_CONFLICT'],
    [410, 'PROVIDER_REJECTED'],
    [418, 'PROVIDER_REJECTED'],
    [429, 'PROVIDER_RATE_LIMITED'],
    [500, 'PROVIDER_UNAVAILABLE'],
    [555, 'PROVIDER_UNAVAILABLE'],
  ])('gives %d the code %s, a hint and the status', (status, code) => {
    const error = explainResponse(response(status, ''), request);
    expect(error).toMatchObject({ code, details: { status } });
    expect(error.hint).toBeTruthy();
    expect(error.message).toContain(`answered ${status} when asked to read x`);
  });

  it('says how long to wait', () => {
    const error = explainResponse(response(429, 'slow down', { 'retry-after': '120' }), request);
    expect(error.message).toContain('slow down. Bitbucket asks to wait until or for "120"');
  });
});
