import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, freshMachine, type Machine } from './run-cli.ts';

describe('the process of a command', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await freshMachine();
  });
  afterAll(() => machine.close());
  const environment = () => ({ PATH: process.env['PATH'], HOME: machine.home });

  it.each([['config'], ['--help'], ['--version']])(
    'says in words that stdout is full: %s (skipped where there is no /dev/full)',
    async (arg) => {
      if (!existsSync('/dev/full')) return;
      const full = await open('/dev/full', 'w');
      try {
        const { status, stderr } = spawnSync(process.execPath, [bin, arg], {
          env: environment(),
          cwd: machine.home,
          stdio: ['ignore', full.fd, 'pipe'],
          encoding: 'utf8',
        });
        expect(status).toBe(1);
        expect(stderr).toContain('cannot be written to stdout');
        expect(stderr).not.toContain('    at ');
      } finally {
        await full.close();
      }
    },
  );

  // Windows has no such signal to send.
  it.skipIf(process.platform === 'win32')(
    'ends with 130 when interrupted while it reads stdin',
    async () => {
      // As the search for the address of a host that nobody answers, which cannot be given up.
      const left = 'data:text/javascript,setInterval(()=>{},1000)';
      const child = spawn(
        process.execPath,
        ['--import', left, bin, 'image', 'set', '-', '2', '--json'],
        {
          env: environment(),
          cwd: machine.home,
        },
      );
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      // More than a pipe holds: when it is written, the command is reading.
      child.stdin.write('# nothing\n'.repeat(200_000), () => child.kill('SIGINT'));
      child.stdin.on('error', () => undefined);
      const code = await new Promise((closed) => child.on('close', closed));
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CLI_INTERRUPTED' } });
    },
  );

  it('says that the current folder is gone', () => {
    if (process.platform === 'win32') return;
    const line = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1" status --json';
    const { status, stdout } = spawnSync('sh', ['-c', line, process.execPath, bin], {
      env: environment(),
      cwd: machine.home,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CLI_FILE' } });
  });

  it('shows no secret of the command line when DEBUG is set', async () => {
    const ran = await machine.run(['clone', 'https://me:canary@example.com/a/b.git'], {
      env: { DEBUG: '*' },
    });
    expect(ran.code).toBe(2);
    expect(ran.stdout + ran.stderr).not.toContain('canary');
  });

  it('answers --version with one JSON value too', async () => {
    expect((await machine.json(['--version'])).data).toMatchObject({
      success: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  it.each([
    [['status', 'extra'], 'Unexpected argument: extra'],
    [['--json', 'config'], 'the command first'],
    [['pr', 'x', '--limit', 'many'], '--limit: Expected an integer'],
  ])('says what is wrong with %j', async (args, said) => {
    const ran = await machine.json(args);
    expect(ran.code).toBe(2);
    expect(JSON.stringify(ran.data)).toContain(said);
  });

  it('says once what is wrong with all files, and of each what is wrong with it alone', async () => {
    const manifest =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: a:1 }] }\n';
    await Promise.all(['a.yaml', 'b.yaml'].map((f) => writeFile(join(machine.home, f), manifest)));
    const wrong = await machine.run(['image', 'set', 'a.yaml', 'b.yaml', 'no image']);
    expect(wrong.code).toBe(2);
    const folder = await machine.run(['image', 'set', 'a.yaml', '.', 'none.yaml', '2']);
    expect(folder.code).toBe(1);
    expect(folder.stderr).toContain('File "." cannot be read: it is a folder.');
    expect(folder.stderr).toContain('File "none.yaml" cannot be read: there is no such file.');
    const twice = await machine.json(['image', 'set', 'a.yaml', 'a.yaml', '2']);
    expect(twice.data['files']).toHaveLength(1);
    await rm(join(machine.home, 'a.yaml'));
  });
});
