import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import type { GitErrorCode } from '../errors.ts';
import type { CredentialLookup, CredentialRequest, GitProgress } from '../types.ts';
import { type ContractKit, failsWith, remoteCalls, withFault } from './contract-kit.ts';
import type { ContractCase, ContractFault } from './contract-server.ts';

const files = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => [`folder/file-${index}`, `${index} `.repeat(400)]),
);

export function faultCases(kit: ContractKit): readonly ContractCase[] {
  const { engine, server } = kit;
  const { privateServer, login } = kit.options;
  const statuses: readonly (readonly [string, ContractFault, GitErrorCode])[] = [
    ['status 500', { type: 'status', status: 500 }, 'GIT_REMOTE_UNREACHABLE'],
    ['status 503', { type: 'status', status: 503 }, 'GIT_REMOTE_UNREACHABLE'],
    ['status 404', { type: 'status', status: 404 }, 'GIT_REMOTE_NOT_FOUND'],
    ['status 403', { type: 'status', status: 403 }, 'GIT_AUTHENTICATION_FAILED'],
    ['a web page', { type: 'status', status: 200 }, 'GIT_REMOTE_INVALID_ANSWER'],
  ];
  const lookup = (password: string, asked: CredentialRequest[] = []): CredentialLookup => {
    const credential = { username: login.username, password: new Secret(password) };
    return (request) => {
      asked.push(request);
      return credential;
    };
  };
  return [
    ...statuses.map(
      ([what, fault, code]): ContractCase => ({
        name: `says what ${what} means`,
        async run() {
          const { url } = await kit.repository();
          for (const call of Object.values(remoteCalls(kit, url)))
            await withFault(server, { fault }, () => failsWith(call(), code));
        },
      }),
    ),
    {
      name: 'says that nobody listens',
      async run() {
        for (const call of Object.values(remoteCalls(kit, 'http://127.0.0.1:9/shop.git')))
          await failsWith(call(), 'GIT_REMOTE_UNREACHABLE');
      },
    },
    {
      name: 'logs in, and says when the credential is wrong or missing',
      async run() {
        const name = `private-${engine.name}.git`;
        const tip = await privateServer.createRepository(name, { a: '1' });
        const url = privateServer.url(name);
        const asked: CredentialRequest[] = [];
        const refs = await engine.listRemoteRefs(url, {
          credentials: lookup(login.password, asked),
        });
        assert.equal(refs.find((ref) => ref.name === 'refs/heads/main')?.sha, tip);
        const { host } = new URL(url);
        assert.deepEqual(asked, [{ protocol: 'http', host, path: name }]);
        const directory = join(await kit.options.createFolder(), 'clone');
        await engine.clone(url, directory, { credentials: lookup(login.password) });
        const local = await engine.open(directory);
        assert.equal(await local.remoteUrl('origin'), url);
        assert.deepEqual(await local.fetch({ credentials: lookup(login.password) }), []);
        await failsWith(local.fetch({}), 'GIT_AUTHENTICATION_FAILED');
        for (const options of [
          {},
          { credentials: () => undefined },
          { credentials: lookup('wrong-password') },
        ])
          for (const call of Object.values(remoteCalls(kit, url, options))) {
            const error = await failsWith(call(), 'GIT_AUTHENTICATION_FAILED');
            assert.doesNotMatch(JSON.stringify({ ...error, m: error.message }), /wrong-password/);
          }
      },
    },
    {
      name: 'follows no redirect, and takes no credential to another host',
      async run() {
        const { name, url } = await kit.repository();
        const location = `${privateServer.url(name)}/info/refs?service=git-upload-pack`;
        const seen = privateServer.requests.length;
        for (const call of Object.values(
          remoteCalls(kit, url, { credentials: lookup(login.password) }),
        ))
          await withFault(server, { fault: { type: 'redirect', location } }, () =>
            failsWith(call(), 'GIT_CREDENTIAL_NOT_SENT'),
          );
        assert.equal(privateServer.requests.length, seen);
      },
    },
    {
      name: 'gives up on a silent server',
      async run() {
        const { url } = await kit.repository();
        for (const [name, options] of Object.entries({
          idle: { idleTimeoutMs: 200, timeoutMs: 20_000 },
          total: { idleTimeoutMs: 20_000, timeoutMs: 200 },
        }))
          for (const [call, run] of Object.entries(remoteCalls(kit, url, options))) {
            // The total time of a session is its caller's, who has it open over several calls.
            if (name === 'total' && call === 'resolve') continue;
            await withFault(server, { fault: { type: 'stall' } }, () =>
              failsWith(run(), 'GIT_TIMEOUT'),
            );
          }
      },
    },
    {
      name: 'gives up on a server that falls silent in the middle of a pack',
      async run() {
        const { url } = await kit.repository(files);
        const folder = await kit.options.createFolder();
        const fault = { type: 'trickle', afterBytes: 2000 } as const;
        await withFault(server, { step: 'upload-pack', fault }, () =>
          failsWith(engine.clone(url, join(folder, 'x'), { idleTimeoutMs: 300 }), 'GIT_TIMEOUT'),
        );
        assert.deepEqual(await readdir(folder), []);
      },
    },
    {
      name: 'stops when the caller says so, with the reason of the signal, and leaves nothing behind',
      async run() {
        const { url } = await kit.repository(files);
        const reason = new Error('enough');
        const aborted = AbortSignal.abort(reason);
        for (const call of Object.values(remoteCalls(kit, url, { signal: aborted })))
          await assert.rejects(call(), (error) => error === reason);
        const folder = await kit.options.createFolder();
        const controller = new AbortController();
        const run = (): Promise<void> => {
          controller.abort(reason);
          return Promise.resolve();
        };
        await withFault(
          server,
          { step: 'upload-pack', fault: { type: 'before', run } },
          async () => {
            const clone = engine.clone(url, join(folder, 'x'), { signal: controller.signal });
            await assert.rejects(clone, (error) => error === reason);
          },
        );
        assert.deepEqual(await readdir(folder), []);
      },
    },
    {
      name: 'never takes a part of a pack for the whole',
      async run() {
        const { url, tip } = await kit.repository(files);
        const empty = await kit.options.createFolder();
        for (const clean of [true, false])
          for (const fraction of [0.3, 0.99]) {
            const fault = { type: 'cut', fraction, clean } as const;
            await withFault(server, { step: 'upload-pack', fault }, async () => {
              await failsWith(
                engine.clone(url, join(empty, 'x'), {}),
                'GIT_REMOTE_INVALID_ANSWER',
                'GIT_REMOTE_UNREACHABLE',
              );
              assert.deepEqual(await readdir(empty), []);
              await kit.session(url, async (session) => {
                const fetch = session.fetch(tip, { ref: 'refs/heads/main' });
                await failsWith(fetch, 'GIT_REMOTE_INVALID_ANSWER', 'GIT_REMOTE_UNREACHABLE');
              });
            });
          }
        await engine.clone(url, join(empty, 'x'), {});
      },
    },
    {
      name: 'fetches the commit that was asked for when HEAD moves in between',
      async run() {
        const { name, url, tip } = await kit.repository();
        await kit.session(url, async (session) => {
          assert.equal(await session.resolve('main'), tip);
          await server.commit(name, { files: { a: '1' } });
          await session.fetch(tip, { ref: 'refs/heads/main' });
          assert.equal(await session.tree(tip).entry('a'), undefined);
        });
      },
    },
    {
      name: 'tells how far it is',
      async run() {
        const { url } = await kit.repository(files);
        const seen: GitProgress[] = [];
        const directory = join(await kit.options.createFolder(), 'x');
        await engine.clone(url, directory, { onProgress: (progress) => seen.push(progress) });
        assert.ok(seen.length > 0);
        assert.ok(seen.some((one) => one.phase === 'Receiving objects' && one.total !== undefined));
      },
    },
  ];
}
