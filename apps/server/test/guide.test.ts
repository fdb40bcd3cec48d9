import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, openLocalServer } from './local-forge.ts';

const guide = await readFile(new URL('../../../docs/server.md', import.meta.url), 'utf8');

/** A `curl` command of the guide. */
interface Request {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly payload?: string;
}

function requestsIn(text: string): Request[] {
  const shell = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map(([, code = '']) => code)
    .join('');
  const commands = shell.replaceAll('\\\n', ' ').split('\n');
  return commands.filter((line) => line.startsWith('curl ')).map(asRequest);
}

function asRequest(command: string): Request {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const headers: Record<string, string> = {};
  let url = '';
  let payload: string | undefined;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-H') {
      at += 1;
      const [name = '', value = ''] = (words[at] ?? '').split(/: (.*)/);
      headers[name] = value;
    } else if (word === '-d') {
      at += 1;
      payload = words[at];
    } else if (word.startsWith('http')) {
      const { pathname, search } = new URL(word);
      url = `${pathname}${search}`;
    } else expect(word).toMatch(/^-sS/);
  }
  return payload === undefined
    ? { method: 'GET', url, headers }
    : { method: 'POST', url, headers, payload };
}

describe('docs/server.md', () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await openLocalServer();
  });
  afterAll(() => server.close());

  it('shows requests that work, in their order', async () => {
    const requests = requestsIn(guide).filter(
      ({ headers }) => headers['Authorization'] === undefined,
    );
    expect(requests.length).toBeGreaterThan(9);
    for (const request of requests) {
      const answer = await server.app.inject(request);
      expect([request.url, answer.statusCode, answer.body]).toEqual([
        request.url,
        200,
        expect.stringContaining('"success":true'),
      ]);
      if (request.method === 'POST') expect(answer.body).toMatch(/"(?:changed|created)":true/);
    }
  });

  it('shows a problem as the server makes it', async () => {
    const [, shown = ''] = /^```json\n([\s\S]*?)^```/m.exec(guide) ?? [];
    const example = JSON.parse(shown) as Record<string, unknown>;
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/set-image-yaml',
      payload: { repo: 'gitops-k8s', refs: 'staging', yaml_path: 'a' },
    });
    const own = answer.json<Record<string, unknown>>();
    const named = { instance: expect.any(String), request_id: expect.any(String) };
    expect({ ...own, ...named }).toEqual({ ...example, ...named });
  });

  it('names each metric of ours, and no other', async () => {
    const { body } = await server.app.inject('/metrics');
    const made = [...body.matchAll(/^# TYPE (gitops_\w+)/gm)].map(([, name]) => name);
    const listed = [...guide.matchAll(/^\| `(gitops_\w+)`/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(made.sort());
  });
});
