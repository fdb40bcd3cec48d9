import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { redact, Secret } from '@bowline/gitops-errors';
import type { Provider } from '@bowline/gitops-providers';
import { type GithubOptions, github } from '@bowline/gitops-providers/github';
import { type GitHubSimulator, startGitHub } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from './bitbucket-cloud-subject.ts';

const HOUR = 3_600_000;

let simulator: GitHubSimulator;
let clock: ReturnType<typeof fakeClock>;
let provider: Provider;

function connect(
  options: { readonly installationId?: number; readonly key?: string } = {},
): Provider {
  const { key = simulator.app.privateKey, ...rest } = options;
  const auth: GithubOptions['auth'] = {
    type: 'github-app',
    appId: simulator.app.appId,
    privateKey: new Secret(key),
    ...rest,
  };
  return github({ auth, apiUrl: simulator.apiUrl, webUrl: simulator.webUrl, clock });
}

beforeEach(async () => {
  clock = fakeClock();
  simulator = await startGitHub({ now: () => clock.now() });
  for (const name of ['shop', 'other', 'hidden']) {
    const state = await simulator.createRepository(`acme/${name}`);
    await state.seed({ branch: 'main', files: { a: '1' } });
  }
  simulator.app.repositories.add('other');
  provider = connect();
});
afterEach(async () => {
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

const head = (name = 'acme/shop') => provider.repository(name).branches.get('main');
const sent = () => simulator.requests.map(({ method, url }) => `${method} ${url}`);
const minted = () => sent().filter((line) => line.endsWith('/access_tokens')).length;

describe('a GitHub App', () => {
  it('finds its installation, takes one token for the repository, and uses it', async () => {
    expect(await head()).toBeDefined();
    expect(sent()).toEqual([
      'GET /repos/acme/shop/installation',
      'POST /app/installations/42/access_tokens',
      'GET /repos/acme/shop/git/ref/heads/main',
    ]);
    const [token] = [...simulator.app.tokens.values()];
    expect([...(token?.repositories ?? [])]).toEqual(['shop']);
    // What the installation may do beyond the calls of this package is left out, and nothing is asked for that it may not.
    expect(token?.permissions).toEqual({
      contents: 'write',
      metadata: 'read',
      pull_requests: 'write',
      statuses: 'read',
    });
  });

  it('shares a token among calls and handles, and makes one however many wait for it', async () => {
    await Promise.all([head(), head(), head(), provider.repository('ACME/Shop').get()]);
    await provider.repository('acme/shop').files.read('a', 'main');
    expect(minted()).toBe(1);
  });

  it('has a token of its own for each repository, and looks for the installation once', async () => {
    await head();
    await head('acme/other');
    expect(minted()).toBe(2);
    expect(sent().filter((line) => line.endsWith('/installation'))).toHaveLength(1);
  });

  it('takes a new token five minutes before the former one ends', async () => {
    await head();
    await clock.sleep(HOUR - 5 * 60_000 - 1000);
    await head();
    expect(minted()).toBe(1);
    await clock.sleep(2000);
    await head();
    expect(minted()).toBe(2);
  });

  it('takes a new token once when the one it has is refused', async () => {
    await head();
    await clock.sleep(60_000);
    simulator.app.tokens.clear();
    await Promise.all([head(), head(), head()]);
    expect(minted()).toBe(2);
  });

  it('sends a write again that was refused with the former token, since nothing was done', async () => {
    const sha = (await head())?.sha ?? '';
    await clock.sleep(60_000);
    simulator.app.tokens.clear();
    await provider.repository('acme/shop').branches.create('b', sha);
    expect(sent().filter((line) => line === 'POST /repos/acme/shop/git/refs')).toHaveLength(2);
  });

  it('sends the writes of an installation one after the other, whatever repository they are for', async () => {
    const sha = { shop: (await head())?.sha ?? '', other: (await head('acme/other'))?.sha ?? '' };
    let [underWay, most] = [0, 0];
    const run = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
      underWay -= 1;
    };
    simulator.fault({ method: 'POST', path: /refs/, fault: { kind: 'before', run }, times: 6 });
    const made = (['shop', 'other'] as const).flatMap((name) =>
      ['a', 'b', 'c'].map((branch) =>
        provider.repository(`acme/${name}`).branches.create(branch, sha[name]),
      ),
    );
    await Promise.all(made);
    expect(most).toBe(1);
  });

  it('says so when the new one is refused too', async () => {
    await head();
    simulator.fault({ path: /heads/, fault: { kind: 'answer', status: 401 }, times: 9 });
    await expect(head()).rejects.toMatchObject({ code: 'PROVIDER_UNAUTHENTICATED' });
    expect(sent().filter((line) => line.includes('/heads/'))).toHaveLength(3);
  });

  it('keeps the installations of two owners apart, also for repositories of one name', async () => {
    const ids: Record<string, number> = { acme: 1, umbrella: 2 };
    const used: string[] = [];
    const auth = {
      type: 'github-app',
      appId: 'Iv1.two',
      privateKey: new Secret(simulator.app.privateKey),
    } as const;
    const two = github({
      auth,
      clock,
      fetch: async (input, init) => {
        const { pathname } = new URL(String(input));
        const [, owner = ''] = /^\/repos\/(\w+)\//.exec(pathname) ?? [];
        if (pathname.endsWith('/installation')) {
          return Response.json({ id: ids[owner], permissions: { contents: 'write' } });
        }
        const [, id] = /installations\/(\d)/.exec(pathname) ?? [];
        if (id !== undefined) {
          const answer = { token: `ghs_of_${id}_only`, expires_at: '2026-11-20T09:00:00Z' };
          return Response.json(answer, { status: 201 });
        }
        used.push(`${owner} ${new Headers(init?.headers).get('authorization')}`);
        const object = { type: 'commit', sha: 'a'.repeat(40) };
        return Response.json({ ref: 'refs/heads/main', object });
      },
    });
    const asked = ['acme', 'umbrella', 'ACME'].map((owner) =>
      two.repository(`${owner}/shop`).branches.get('main'),
    );
    await Promise.all(asked);
    expect(used.sort()).toEqual([
      'ACME Bearer ghs_of_1_only',
      'acme Bearer ghs_of_1_only',
      'umbrella Bearer ghs_of_2_only',
    ]);
  });

  it('uses an installation that is named', async () => {
    provider = connect({ installationId: 42 });
    await head();
    expect(sent()[0]).toBe('GET /app/installations/42');
  });

  it('sees no repository that the installation has not', async () => {
    await head();
    await expect(head('acme/hidden')).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
      message: expect.stringContaining('not accessible to the parent installation'),
    });
    expect(await provider.repository('acme/hidden').get()).toBeUndefined();
    await expect(head('elsewhere/shop')).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  it('finds the installation anew when it was made anew', async () => {
    await head();
    simulator.app.installationId = 43;
    // Another repository needs a token while the former installation still counts as known.
    expect(await head('acme/other')).toBeDefined();
    expect(sent().filter((line) => line.includes('/installations/'))).toEqual(
      [42, 42, 43].map((id) => `POST /app/installations/${id}/access_tokens`),
    );
  });

  it('learns of permissions that the installation got later with the next token', async () => {
    const given = () => [...simulator.app.tokens.values()].at(-1)?.permissions;
    await head();
    expect(given()).not.toHaveProperty('workflows');
    simulator.app.permissions['workflows'] = 'write';
    await clock.sleep(HOUR);
    await Promise.all([head(), head('acme/other')]);
    expect(given()).toHaveProperty('workflows', 'write');
    expect(sent().filter((line) => line.endsWith('/installation'))).toHaveLength(2);
  });

  it('works again, without a word to it, after it was suspended', async () => {
    const suspended = '{"message":"This installation has been suspended"}';
    simulator.fault({
      path: /access_tokens/,
      fault: { kind: 'answer', status: 403, body: suspended },
    });
    await expect(head()).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('This installation has been suspended'),
    });
    expect(await head()).toBeDefined();
  });

  it.each([-20, 20])(
    'goes by the clock of GitHub when its own is %d minutes off',
    async (minutes) => {
      simulator.app.skew = minutes * 60_000;
      expect(await head()).toBeDefined();
      const requests = simulator.requests.length;
      await head('acme/other');
      // Known from then on: no claim is refused again.
      expect(simulator.requests.length - requests).toBe(2);
      await clock.sleep(HOUR - 4 * 60_000);
      await head();
      expect(minted()).toBe(3);
    },
  );

  it('says what GitHub says when the key is not that of the App', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    provider = connect({ key: privateKey });
    await expect(head()).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
      message: expect.stringContaining('could not be decoded'),
      hint: expect.stringContaining('private key'),
    });
    expect(sent()).toHaveLength(1);
  });

  it('takes its key as PKCS#1 too', async () => {
    const key = createPrivateKey(simulator.app.privateKey).export({ type: 'pkcs1', format: 'pem' });
    provider = connect({ key: String(key) });
    expect(await head()).toBeDefined();
  });

  it.each(['', 'nonsense', '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----'])(
    'refuses a key that is none, without showing it: %j',
    (key) => {
      let shown = '';
      try {
        connect({ key });
      } catch (error) {
        shown = `${String(error)} ${JSON.stringify(error)}`;
        expect(error).toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
      }
      expect(shown).not.toBe('');
      expect(shown).not.toContain('canary');
    },
  );

  it('makes tokens that no text shows', async () => {
    await head();
    for (const token of simulator.app.tokens.keys()) expect(redact(`x ${token} y`)).toBe('x *** y');
    const jwt = simulator.requests[0]?.authorization?.replace('Bearer ', '') ?? '';
    expect(jwt.split('.')).toHaveLength(3);
    expect(redact(`x ${jwt} y`)).toBe('x *** y');
  });

  it('waits for its token no longer than the caller does', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    simulator.fault({ path: /access_tokens/, fault: { kind: 'stall' } });
    const { branches } = provider.repository('acme/shop');
    const waiting = branches.get('main', { signal: controller.signal });
    while (minted() === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('gives Git the token that the API gets, and a new one before that ends', async () => {
    const { gitCredential } = provider.repository('acme/shop');
    const first = await gitCredential?.();
    expect(first?.username).toBe('x-access-token');
    await head();
    expect((await gitCredential?.())?.password.reveal()).toBe(first?.password.reveal());
    expect([...simulator.app.tokens.keys()]).toEqual([first?.password.reveal()]);
    await clock.sleep(HOUR - 4 * 60_000);
    expect((await gitCredential?.())?.password.reveal()).not.toBe(first?.password.reveal());
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(gitCredential?.({ signal })).rejects.toBe(reason);
  });

  it('leaves Git to the token that it was connected with, where that is no App', () => {
    const plain = github({ auth: { type: 'bearer', token: new Secret('a-token') } });
    expect(plain.repository('acme/shop').gitCredential).toBeUndefined();
  });
});
