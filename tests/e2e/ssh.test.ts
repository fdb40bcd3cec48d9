import { hasGit } from '@bowline/test-servers/git-http';
import { findSshd, type SshServer, startSshd } from '@bowline/test-servers/sshd';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const manifest = (tag: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n  - { name: web, image: example.com/web:${tag} }\n`;

describe.skipIf(!hasGit || findSshd() === undefined)(
  'the command over SSH (skipped where OpenSSH has no server here)',
  () => {
    let machine: Machine;
    let server: SshServer;
    let url: string;
    beforeAll(async () => {
      machine = await freshMachine();
      server = await startSshd();
      await server.createRepository('acme/gitops.git', { 'app.yaml': manifest('1') });
      url = server.url('acme/gitops.git');
    });
    afterAll(async () => {
      await server.close();
      await machine.close();
    });
    const run = (args: readonly string[], knownHosts: string) =>
      machine.json(args, {
        env: {
          GITOPS_SSH_KEY_FILE: server.identityFile,
          GITOPS_SSH_KNOWN_HOSTS_FILE: knownHosts,
          GITOPS_AUTHOR_NAME: 'Ada Lovelace',
          GITOPS_AUTHOR_EMAIL: 'ada@example.com',
        },
      });

    it('sets an image on a host that is known', async () => {
      const set = await run(
        ['set-image-yaml', url, 'main', 'app.yaml', 'example.com/web:2'],
        server.knownHostsFile,
      );
      expect(set).toMatchObject({ code: 0, data: { changed: true } });
      const file = await run(['get-file', url, 'main', 'app.yaml'], server.knownHostsFile);
      expect(file.data).toMatchObject({ content: manifest('2') });
    });

    it.each(['emptyHostsFile', 'changedHostsFile'] as const)(
      'refuses a host by its key (%s)',
      async (hosts) => {
        expect(await run(['logs', url, 'main'], server[hosts])).toMatchObject({
          code: 1,
          data: { error: { code: 'GIT_HOST_KEY_UNKNOWN' } },
        });
      },
    );
  },
);
