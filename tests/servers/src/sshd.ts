import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBareRepository, type FileEntry, importCommit } from './bare-repository.ts';

const run = promisify(execFile);
const { PATH = '/usr/bin:/bin' } = process.env;

/** A real OpenSSH server on 127.0.0.1 that serves the bare repositories below one folder, and nothing else. */
export interface SshServer {
  readonly port: number;
  /** The account that logs in: the one that runs the test. */
  readonly user: string;
  /** Folder of the bare repositories; removed by `close()`. */
  readonly root: string;
  /** Private key that the server lets in. */
  readonly identityFile: string;
  /** Private key that it does not know. */
  readonly strangerIdentityFile: string;
  /** Known-hosts file with the server's key. */
  readonly knownHostsFile: string;
  /** Known-hosts file that holds another key for this server. */
  readonly changedHostsFile: string;
  /** Known-hosts file without this server. */
  readonly emptyHostsFile: string;
  /** Address such as `ssh://me@127.0.0.1:41234/shop.git` for `shop.git`. */
  url(repository: string): string;
  /** Makes the bare repository `<root>/<name>` with one commit on `main` (none when there are no files). @returns The id of the commit. */
  createRepository(name: string, files?: Readonly<Record<string, FileEntry>>): Promise<string>;
  /** What sshd has logged so far. */
  log(): string;
  close(): Promise<void>;
}

/** Finds sshd. It must be called by its absolute path, and stands where PATH of an ordinary user does not lead. */
export function findSshd(): string | undefined {
  for (const path of ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd', '/sbin/sshd']) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  return undefined;
}

/**
 * Starts the server. Works as root and as an ordinary user.
 *
 * Node listens and gives each connection to an `sshd -i` of its own: no port has to be guessed, and nothing is left running.
 */
export async function startSshd(): Promise<SshServer> {
  const program = findSshd();
  if (program === undefined) throw new Error('sshd is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'bowline-sshd-'));
  const root = join(folder, 'repositories');
  const file = (name: string): string => join(folder, name);
  await mkdir(root);
  for (const name of ['host', 'other-host', 'client', 'stranger']) {
    await run('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-C', name, '-f', file(name)]);
  }
  await writeFile(file('serve'), serveScript(root), { mode: 0o755 });
  await chmod(file('serve'), 0o755);
  const key = (await readFile(file('client.pub'), 'utf8')).trim();
  await writeFile(file('authorized_keys'), `restrict,command="${file('serve')}" ${key}\n`);
  await writeFile(file('sshd_config'), configuration(folder));
  // sshd of root separates privileges in this folder, which only its service makes.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const children = new Set<ChildProcess>();
  const sockets = new Set<Socket>();
  let log = '';
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // A client that goes away is part of the tests.
    const child = spawn(program, ['-i', '-e', '-f', file('sshd_config')], {
      stdio: [socket, socket, 'pipe'],
      env: { PATH },
    });
    children.add(child);
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString('utf8')).slice(-65_536);
    });
    child.once('close', () => {
      children.delete(child);
      sockets.delete(socket);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const hosts = async (name: string, publicKey: string): Promise<void> => {
    const [type, data] = (await readFile(file(publicKey), 'utf8')).split(' ');
    await writeFile(file(name), `[127.0.0.1]:${port} ${type} ${data}\n`);
  };
  await hosts('known_hosts', 'host.pub');
  await hosts('changed_hosts', 'other-host.pub');
  await writeFile(file('empty_hosts'), '');
  // A name with what shells and ssh itself would trip over.
  await copyFile(file('client'), file("the client's key 100%h"));
  await chmod(file("the client's key 100%h"), 0o600);
  const user = userInfo().username;

  return {
    port,
    user,
    root,
    identityFile: file("the client's key 100%h"),
    strangerIdentityFile: file('stranger'),
    knownHostsFile: file('known_hosts'),
    changedHostsFile: file('changed_hosts'),
    emptyHostsFile: file('empty_hosts'),
    url: (repository) => `ssh://${user}@127.0.0.1:${port}/${repository}`,
    createRepository: (name, files = {}) => createRepository(join(root, name), files),
    log: () => log,
    close: async () => {
      const ended = [...children].map(
        (child) => new Promise((resolve) => child.once('close', resolve)),
      );
      for (const child of children) child.kill('SIGTERM');
      for (const socket of sockets) socket.destroy();
      await Promise.all([...ended, new Promise((resolve) => server.close(resolve))]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

async function createRepository(
  directory: string,
  files: Readonly<Record<string, FileEntry>>,
): Promise<string> {
  await createBareRepository(directory);
  return Object.keys(files).length === 0 ? '' : importCommit(directory, { files });
}

function configuration(folder: string): string {
  return [
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'AcceptEnv GIT_PROTOCOL',
    'LogLevel ERROR',
    '',
  ].join('\n');
}

/** Runs the two services of Git on repositories below the root, whatever else was asked for. */
function serveScript(root: string): string {
  return `#!/bin/sh
PATH='${PATH}' HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export PATH HOME GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL
case "$SSH_ORIGINAL_COMMAND" in
  "git-upload-pack '/"*"'") service=upload-pack ;;
  "git-receive-pack '/"*"'") service=receive-pack ;;
  *) echo "only Git is served here" >&2; exit 1 ;;
esac
path=\${SSH_ORIGINAL_COMMAND#*\\'/}
path=\${path%\\'}
case "$path" in
  *..*|*\\'*) echo "no such path" >&2; exit 1 ;;
esac
exec git "$service" '${root}'/"$path"
`;
}
