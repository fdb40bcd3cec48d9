import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContractServer,
  type GitEngine,
  gitEngineContract,
} from '@bowline/gitops-git/testing';
import {
  type GitHttpServer,
  hasGit,
  importCommit,
  runGit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, describe, it } from 'vitest';

const login = { username: 'me', password: 'correct-horse-battery' };

/** The time of every commit that the suite makes. */
export const clock = (): number => 1_700_000_200_000;

/** Runs the contract suite for an engine over two real HTTP servers. */
export function describeEngine(name: string, createEngine: () => GitEngine): void {
  describe.skipIf(!hasGit)(`${name} engine (needs git for the server)`, () => {
    let folder: string;
    let open: GitHttpServer;
    let locked: GitHttpServer;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bowline-git-contract-'));
      open = await startGitHttpServer();
      locked = await startGitHttpServer({ users: { [login.username]: login.password } });
    });
    afterAll(async () => {
      await open.close();
      await locked.close();
      await rm(folder, { recursive: true, force: true });
    });
    const cases = gitEngineContract({
      createEngine,
      server: contractServer(() => open),
      privateServer: contractServer(() => locked),
      login,
      createFolder: () => mkdtemp(join(folder, 'f-')),
    });
    for (const one of cases) it.skipIf(one.skip !== undefined)(one.name, () => one.run());
  });
}

/** The server starts after the cases are listed, so each member looks it up when it is used. */
function contractServer(server: () => GitHttpServer): ContractServer {
  const at = (repository: string): string => join(server().root, repository);
  return {
    url: (repository) => server().url(repository),
    createRepository: (name, files) => server().createRepository(name, files),
    commit: (repository, commit) => importCommit(at(repository), commit),
    git: (repository, args) => runGit(at(repository), args),
    async hook(repository, name, script) {
      const file = join(at(repository), 'hooks', name);
      await mkdir(join(at(repository), 'hooks'), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
    addFault: (rule) => {
      server().faults.push({ ...rule });
    },
    clearFaults: () => {
      server().faults.length = 0;
    },
    get requests() {
      return server().requests;
    },
  };
}
