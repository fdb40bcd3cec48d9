import { describe, expect, it } from 'vitest';
import { exceptionOf, explainResponse } from './errors.ts';

const request = {
  method: 'GET' as const,
  path: '/x',
  expect: [200],
  doing: 'read branch "main"',
};

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: new Headers(headers), body: Buffer.from(text, 'utf8'), attempts: 1 };
}

const error = (
  exception: string | null,
  message: string | null,
  context: string | null = null,
) => ({
  errors: [
    { context, message, exceptionName: exception && `com.atlassian.bitbucket.${exception}` },
  ],
});

describe('explainResponse', () => {
  it('holds the words of the server, with the fields that they are about', () => {
    const body = {
      errors: [
        { context: 'name', message: 'The name is\nrequired.', exceptionName: null },
        { context: null, message: 'Something else.', exceptionName: null },
      ],
    };
    expect(explainResponse(answer(400, body), request)).toMatchObject({
      code: 'PROVIDER_REJECTED',
      message:
        'Bitbucket Data Center answered 400 when asked to read branch "main": name: The name is required. Something else.',
    });
  });

  it('tells a wrong credential from a permission that a known account lacks', () => {
    const lacks = error('AuthorisationException', 'You are not permitted to access this resource');
    const known = { 'x-ausername': 'bot' };
    expect(explainResponse(answer(401, lacks, known), request).code).toBe('PROVIDER_FORBIDDEN');
    expect(explainResponse(answer(401, lacks), request).code).toBe('PROVIDER_UNAUTHENTICATED');
    const wrong = error('auth.IncorrectPasswordAuthenticationException', 'Authentication failed.');
    expect(explainResponse(answer(401, wrong, known), request)).toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
      hint: expect.stringContaining('HTTP access token'),
    });
  });

  it('says on 403 that tokens of a project have no user', () => {
    expect(explainResponse(answer(403, error(null, 'No.')), request)).toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      hint: expect.stringContaining('have no user'),
    });
  });

  it('tells an account that has to pass a CAPTCHA first', () => {
    const headers = { 'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE; login-url=https://x' };
    for (const status of [401, 403]) {
      expect(explainResponse(answer(status, error(null, 'No.'), headers), request)).toMatchObject({
        code: 'PROVIDER_UNAUTHENTICATED',
        hint: expect.stringContaining('CAPTCHA'),
      });
    }
  });

  it.each([
    [404, 'PROVIDER_NOT_FOUND'],
    [409, 'PROVIDER_CONFLICT'],
    [429, 'PROVIDER_RATE_LIMITED'],
    [500, 'PROVIDER_UNAVAILABLE'],
    [418, 'PROVIDER_REJECTED'],
    [302, 'PROVIDER_BAD_RESPONSE'],
  ])('makes %d %s, also of a page for people', (status, code) => {
    const page = answer(status, '<html><title>Bitbucket is starting</title></html>');
    expect(explainResponse(page, request)).toMatchObject({
      code,
      message: expect.stringContaining('Bitbucket is starting'),
    });
  });
});

describe('exceptionOf', () => {
  it('reads the last part of the name, where there is one', () => {
    expect(exceptionOf(answer(404, error('content.NoSuchPathException', 'x')))).toBe(
      'NoSuchPathException',
    );
    expect(exceptionOf(answer(404, error(null, null)))).toBeUndefined();
    for (const body of ['', 'null', '{"errors":[]}', '{"errors":"x"}', '<html>']) {
      expect(exceptionOf(answer(404, body))).toBeUndefined();
    }
  });
});
