import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { openGit, parseRemoteUrl } from '@bowline/gitops-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Each is an address that git, ssh, curl or a URL parser would take for something else. */
const attacks = (marker: string): readonly string[] => [
  '',
  `--upload-pack=touch ${marker}`,
  `-oProxyCommand=touch ${marker}`,
  '-c',
  `ext::sh -c touch% ${marker}`,
  `EXT::sh -c touch% ${marker}`,
  '::https://host/a.git',
  'file:///etc',
  'FILE:///etc',
  '/etc',
  '../../etc',
  'C:\\repo',
  '\\\\server\\share',
  'fd::17',
  'git://host/a.git',
  'ftp://host/a.git',
  'javascript:alert(1)//a',
  'ssh://-oProxyCommand=x/',
  `ssh://-oProxyCommand=touch${marker}/a.git`,
  '-oProxyCommand=x:a.git',
  'git@-oProxyCommand=x:a.git',
  'ssh://-l@host/a.git',
  'ssh://host:-1/',
  'ssh://host:0/a',
  'ssh://host:65536/a',
  'ssh://host:22x/a',
  'https://host:/a',
  'git@host:22/a.git',
  'https://host/a\r\nHost: evil',
  'https://host/a\0.git',
  'https://host/a%00.git',
  'https://host/a%0d%0ab.git',
  'https://github\u3002com/a.git',
  'https://github\uff0ecom/a.git',
  'https://g\u0456thub.com/a.git',
  'https://host\u202e/a.git',
  'https://me:s3cretpass@host/a.git',
  'https://token@host/a.git',
  'https://host\\@evil.example/a.git',
  'https://evil.example#@host/a.git',
  'https://host?@evil.example/a.git',
  'ssh://me:s3cretpass@host/a.git',
  'me:s3cretpass@host:a.git',
  'https://host/../../etc/passwd',
  'https://host/a/%2e%2e/b.git',
  'https://host/a%2f..%2fb.git',
  'https://host//a.git',
  'https://host/a.git?x=$(id)',
  'https://host/a.git#x',
  'https://ho`id`st/a.git',
  'https://$(id)/a.git',
  'https:///a.git',
  'https://host',
  'https://host./a.git',
  'https://.host/a.git',
  'https://ho..st/a.git',
  'https://[::1/a.git',
  'https://[::1%25eth0]/a.git',
  'http://2130706433/a.git',
  'http://0x7f.1/a.git',
  'http://0177.0.0.1/a.git',
  'http://127.1/a.git',
  'ssh://host/-x',
  'git@host:-x',
  'git@host:',
  'git@host:a b.git',
  `https://host/${'a'.repeat(5000)}`,
  'https://host/\ud800.git',
];

describe('abuse case 1: addresses', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bowline-abuse-1-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(attacks('MARKER'))('refuses %j and says why', (address) => {
    let failure: unknown;
    try {
      parseRemoteUrl(address);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'GIT_INVALID_REMOTE',
      details: { reason: expect.stringMatching(/.{8}/) },
    });
    expect(String(failure)).not.toContain('s3cretpass');
  });

  it('starts nothing for any of them, with either engine', async () => {
    for (const engine of ['system', 'isomorphic'] as const) {
      const git = openGit({
        engine,
        environment: { PATH: env['PATH'] },
        temporaryDirectory: folder,
      });
      for (const address of attacks(join(folder, 'marker'))) {
        const invalid = { code: 'GIT_INVALID_REMOTE' };
        await expect(git.listRemoteRefs(address)).rejects.toMatchObject(invalid);
        await expect(git.clone(address, join(folder, 'clone'))).rejects.toMatchObject(invalid);
        await expect(git.engineFor(address)).rejects.toMatchObject(invalid);
        await expect(git.readRemoteFile(address, { ref: 'main', path: 'a' })).rejects.toMatchObject(
          invalid,
        );
      }
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a proxy with shell characters', async () => {
    const git = openGit({
      engine: 'system',
      environment: { PATH: env['PATH'], https_proxy: 'http://$(touch x)/' },
      temporaryDirectory: folder,
    });
    await expect(git.listRemoteRefs('https://git.example.com/a.git')).rejects.toMatchObject({
      code: 'GIT_INVALID_ARGUMENT',
    });
  });
});
