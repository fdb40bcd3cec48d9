import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, openLocalServer } from './local-forge.ts';

describe('problem documents (RFC 9457)', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await openLocalServer();
  });
  afterAll(() => server.close());

  it('name all issues of a body at once', async () => {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/create-branch',
      payload: { repo: 7, src_branch: 'a b', extra: true },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const id = answer.headers['x-request-id'];
    expect(answer.json()).toEqual({
      type: 'https://github.com/bowline-dev/bowline/blob/main/docs/errors.md#server_request_invalid',
      title: 'The request cannot be understood; `issues` lists everything that is wrong with it',
      status: 400,
      detail: expect.stringContaining('4 issues'),
      instance: `urn:bowline:request:${id}`,
      code: 'SERVER_REQUEST_INVALID',
      hint: expect.any(String),
      retryable: false,
      request_id: id,
      issues: [
        { path: 'body.repo', message: 'must be text' },
        { path: 'body.src_branch', message: 'must be 1 to 255 characters without blanks' },
        { path: 'body.dest_branch', message: 'is missing' },
        { path: 'body.extra', message: 'is not known here' },
      ],
    });
  });

  it('say what there is instead of a path or method that there is not', async () => {
    const nowhere = await server.app.inject('/v1/gitops/nothing');
    expect([nowhere.statusCode, nowhere.json().code]).toEqual([404, 'SERVER_ROUTE_NOT_FOUND']);
    const wrong = await server.app.inject({ method: 'DELETE', url: '/v1/gitops/create-branch' });
    expect([wrong.statusCode, wrong.json().code]).toEqual([405, 'SERVER_METHOD_NOT_ALLOWED']);
    expect(wrong.headers['allow']).toBe('POST');
  });

  it.each([
    ['text/plain', 'repo=x', 415, 'SERVER_MEDIA_TYPE_UNSUPPORTED'],
    ['application/json', '{"repo":', 400, 'SERVER_REQUEST_INVALID'],
    ['application/json', '', 400, 'SERVER_REQUEST_INVALID'],
    ['application/json', '{"__proto__":{"x":1}}', 400, 'SERVER_REQUEST_INVALID'],
    [
      'application/json',
      JSON.stringify({ repo: 'x'.repeat(1_100_000) }),
      413,
      'SERVER_BODY_TOO_LARGE',
    ],
  ])('refuse a body of %s that cannot be read', async (type, payload, status, code) => {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/create-branch',
      headers: { 'content-type': type },
      payload,
    });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  it.each(['/v1/%ff', `/v1/gitops/pull-requests/${'1'.repeat(500)}/diff?repo=x`])(
    'are what comes of a path that no route ever sees (%#)',
    async (path) => {
      const answer = await server.app.inject(path);
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'SERVER_REQUEST_INVALID']);
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    },
  );

  it('say of the repository what the job says', async () => {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/create-branch',
      payload: { repo: 'gitops-k8s', src_branch: 'none', dest_branch: 'new' },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'OPERATION_BRANCH_NOT_FOUND']);
  });
});
