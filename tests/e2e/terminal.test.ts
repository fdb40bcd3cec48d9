import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, freshMachine, type Machine } from './run-cli.ts';

const hasPty = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

describe.skipIf(!hasPty)(
  'the command on a terminal (skipped where `script` of util-linux is missing)',
  () => {
    let machine: Machine;
    let root: string;
    beforeAll(async () => {
      machine = await freshMachine();
      root = join(machine.home, 'repositories');
      const manifest =
        'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n  - { name: web, image: example.com/web:1 }\n';
      await createLocalRepository({
        root,
        name: 'gitops-k8s',
        branches: { prod: { 'shop/web_deployment.yaml': manifest } },
      });
    });
    afterAll(() => machine.close());

    /** Runs under a pseudo-terminal, and types each answer when its question has appeared. */
    const converse = (
      args: readonly string[],
      answers: readonly (readonly [question: string, answer: string])[],
    ) =>
      new Promise<{ code: number | null; screen: string }>((done, fail) => {
        const line = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
        const child = spawn('script', ['-qec', line, '/dev/null'], {
          env: { PATH: process.env['PATH'], HOME: machine.home, TERM: 'xterm' },
          cwd: machine.home,
        });
        let screen = '';
        let seen = 0;
        const waiting = [...answers];
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          screen += text;
          // Each question is looked for behind the one before: one that is asked twice is answered twice.
          for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
            const at = screen.indexOf(next[0], seen);
            if (at === -1) return;
            seen = at + next[0].length;
            waiting.shift();
            child.stdin.write(next[1]);
          }
        });
        child.on('error', fail);
        child.on('close', (code) => done({ code, screen }));
      });

    it('asks for the arguments that are missing, and shows colours and a mark per step', async () => {
      const { code, screen } = await converse(
        ['k8s-pr', 'prod', '--remote', 'local', '--org', root],
        [
          ['Namespace: ', 'shop\n'],
          // An empty answer is asked again.
          ['Deployment: ', '\n'],
          ['Deployment: ', 'web\n'],
          ['Image (reference or tag): ', '2\n'],
        ],
      );
      expect(code).toBe(0);
      expect(screen).toContain('\u001b[');
      expect(screen).toContain('✔');
      expect(screen).toContain('Pull request:');
    });

    it('cleans up and gives the cursor back when Ctrl-C is pressed while a spinner turns', async () => {
      // A server that never answers.
      const server = createServer((socket) => socket.on('error', () => undefined));
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      try {
        const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        const config = join(machine.home, 'stalling.yaml');
        await writeFile(config, `hosts: { "${host}": { kind: gitea, insecureHttp: true } }\n`);
        const { code, screen } = await converse(
          ['clone', 'acme/shop', '--remote', host, '--config', config],
          [['Cloning', '\u0003']],
        );
        expect(code).toBe(130);
        expect(screen).toContain('The command was interrupted.');
        expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(
          screen.lastIndexOf('\u001b[?25l'),
        );
        expect(existsSync(join(machine.home, 'shop'))).toBe(false);
      } finally {
        await new Promise((closed) => server.close(closed));
      }
    });

    it('says what is missing when a question is answered with Ctrl-D', async () => {
      const { code, screen } = await converse(
        ['k8s-pr', 'prod', 'shop', '--remote', 'local', '--org', root],
        [['Deployment: ', '\u0004']],
      );
      expect(code).toBe(2);
      expect(screen).toContain('Arguments are missing: DEPLOY, IMAGE.');
    });

    it('ends with 130 when Ctrl-C is pressed at a question', async () => {
      const { code, screen } = await converse(
        ['k8s-pr', '--remote', 'local', '--org', root],
        [['Cluster', '\u0003']],
      );
      expect(code).toBe(130);
      expect(screen).toContain('interrupted');
    });
  },
);
