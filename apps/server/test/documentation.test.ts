import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiText } from '../scripts/openapi-document.ts';
import { type LocalServer, openLocalServer } from './local-forge.ts';

describe('the documentation', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await openLocalServer();
  });
  afterAll(() => server.close());

  it('openapi.json is what `pnpm --filter @bowline/gitops-server generate:openapi` writes', async () => {
    expect(await readFile(new URL('../openapi.json', import.meta.url), 'utf8')).toBe(openapiText());
  });

  it('serves it, and leads there', async () => {
    const root = await server.app.inject('/');
    expect([root.statusCode, root.headers.location]).toEqual([307, '/docs']);
    const document = await server.app.inject('/openapi.json');
    expect(document.json()).toEqual(JSON.parse(openapiText()));
  });

  it.each(['/docs', '/redoc'])('%s loads nothing from elsewhere', async (path) => {
    const page = await server.app.inject(path);
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const files = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const answer = await server.app.inject(file);
      expect([file, answer.statusCode]).toEqual([file, 200]);
      expect(answer.rawPayload.length).toBeGreaterThan(1_000);
    }
  });
});
