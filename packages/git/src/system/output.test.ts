import { describe, expect, it } from 'vitest';
import type { GitProgress } from '../types.ts';
import { gitFailure, gitWords } from './failure.ts';
import { createProgressReader } from './progress.ts';
import { readPushReport, remoteWords } from './push-report.ts';
import { sshCommand } from './ssh-command.ts';
import { parseStatus } from './status-format.ts';

describe('createProgressReader', () => {
  it('tells progress from messages, however the bytes are cut', () => {
    const said =
      'remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\nReceiving objects:  42% (42/100), 1.2 MiB | 3 MiB/s\r' +
      'Enumerating objects: 7, done.\nremote: größe\nfatal: early EOF\n';
    const bytes = Buffer.from(said);
    for (const size of [1, 3, 7, bytes.length]) {
      const seen: GitProgress[] = [];
      const reader = createProgressReader(1000, (progress) => seen.push(progress));
      for (let at = 0; at < bytes.length; at += size) reader.write(bytes.subarray(at, at + size));
      expect(seen).toEqual([
        { phase: 'Counting objects', loaded: 1, total: 2 },
        { phase: 'Counting objects', loaded: 2, total: 2 },
        { phase: 'Receiving objects', loaded: 42, total: 100 },
        { phase: 'Enumerating objects', loaded: 7, total: undefined },
      ]);
      expect(reader.text()).toBe('remote: größe\nfatal: early EOF\n');
    }
  });

  it('keeps the end of what is too long', () => {
    const reader = createProgressReader(100, undefined);
    for (let at = 0; at < 1000; at += 1) reader.write(Buffer.from(`line ${at}\n`));
    expect(reader.text().length).toBeLessThanOrEqual(100);
    expect(reader.text()).toContain('line 999');
  });
});

describe('readPushReport', () => {
  it.each([
    ['*\trefs/heads/a:refs/heads/a\t[new branch]', { type: 'pushed' }],
    [' \tabc:refs/heads/a\t1111111..2222222', { type: 'pushed' }],
    ['=\tabc:refs/heads/a\t[up to date]', { type: 'same' }],
    ['!\tabc:refs/heads/a\t[rejected] (stale info)', { type: 'moved' }],
    ['!\tabc:refs/heads/a\t[rejected] (fetch first)', { type: 'moved' }],
    ['!\tabc:refs/heads/a\t[remote rejected] (failed to update ref)', { type: 'moved' }],
    [
      "!\tabc:refs/heads/a\t[remote rejected] (cannot lock ref 'refs/heads/a': is at 1 but expected 2)",
      { type: 'moved' },
    ],
    ['!\tabc:refs/heads/a\t[remote rejected] (pre-receive hook declined)', { type: 'refused' }],
    [
      '!\tabc:refs/heads/a\t[remote rejected] (protected branch hook declined)',
      { type: 'refused' },
    ],
    [
      '!\tabc:refs/heads/a\t[remote rejected] (push declined due to repository rule violations)',
      { type: 'refused' },
    ],
  ])('reads %j', (line, expected) => {
    expect(readPushReport(`To https://host/a.git\n${line}\nDone\n`)).toMatchObject(expected);
  });
  it('finds no report where there is none', () => {
    expect(readPushReport('fatal: the remote end hung up\n')).toBeUndefined();
  });
});

describe('words of others', () => {
  it('cannot write to the terminal', () => {
    expect(
      remoteWords('remote: \u001b[31mred\u001b[0m \nremote:   \nTo x\nremote: more\u0007\n'),
    ).toBe('[31mred[0m more');
    expect(gitWords('fatal: bad \u001b]0;title\u0007 thing\n')).toBe('bad ]0;title thing.');
  });
  it('are hidden where they are an address with a password', () => {
    const error = gitFailure(
      'Fetching',
      "fatal: unable to access 'https://me:s3cret@host/a.git/': Could not resolve host: host\n",
    );
    expect(error.code).toBe('GIT_REMOTE_UNREACHABLE');
    expect(error.message).not.toContain('s3cret');
  });
  it('become one sentence with a code', () => {
    expect(gitFailure('Reading', '').message).toBe('Reading failed.');
    expect(gitFailure('Reading', 'something odd').code).toBe('GIT_COMMAND_FAILED');
    expect(
      gitFailure('Opening', "fatal: detected dubious ownership in repository at '/x'").hint,
    ).toMatch(/belongs to another user/);
  });
});

describe('sshCommand', () => {
  it('asks nobody, and knows the host or refuses it', () => {
    const command = sshCommand(undefined, 30_000);
    expect(command).toContain('-o BatchMode=yes -o StrictHostKeyChecking=yes');
    expect(command).toContain('ConnectTimeout=30');
    expect(command).not.toContain('IdentityFile');
  });
  it('quotes paths for the shell, for ssh and for its % marks', () => {
    const command = sshCommand({ identityFile: "/a b/it's $(x) 100%h" }, 1000);
    expect(command).toContain(`'IdentityFile="/a b/it'\\''s $(x) 100%%h"'`);
  });
  it('refuses paths that cannot be quoted', () => {
    for (const path of ['', 'a"b', 'a\nb', 'a\0b']) {
      expect(() => sshCommand({ knownHostsFile: path }, 1000)).toThrow(
        expect.objectContaining({ code: 'GIT_INVALID_ARGUMENT' }),
      );
    }
  });
});

describe('parseStatus', () => {
  it('reads every kind of record', () => {
    const id = 'a'.repeat(40);
    const output = [
      `# branch.oid ${id}`,
      '# branch.head main',
      '# branch.upstream origin/main',
      '# branch.ab +1 -2',
      `1 .M N... 100644 100644 100644 ${id} ${id} a b`,
      `1 A. N... 000000 100644 100644 ${id} ${id} new`,
      `2 R. N... 100644 100644 100644 ${id} ${id} R100 to`,
      'from',
      `u UU N... 100644 100644 100644 100644 ${id} ${id} ${id} both`,
      '? what\nis this',
      '',
    ].join('\0');
    expect(parseStatus(output)).toEqual({
      branch: 'main',
      head: id,
      upstream: 'origin/main',
      ahead: 1,
      behind: 2,
      files: [
        { path: 'a b', staged: 'unmodified', unstaged: 'modified' },
        { path: 'new', staged: 'added', unstaged: 'unmodified' },
        { path: 'to', staged: 'renamed', unstaged: 'unmodified' },
        { path: 'both', staged: 'conflicted', unstaged: 'conflicted' },
        { path: 'what\nis this', staged: 'untracked', unstaged: 'untracked' },
      ],
    });
  });
  it('knows a detached and an unborn HEAD', () => {
    expect(parseStatus('# branch.oid (initial)\0# branch.head main\0')).toMatchObject({
      head: undefined,
      branch: 'main',
      ahead: undefined,
    });
    expect(parseStatus('# branch.head (detached)\0')).toMatchObject({ branch: undefined });
  });
});
