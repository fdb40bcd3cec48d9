import { spawn } from 'node:child_process';
import type { Answer } from '../forge/exchange.ts';
import type { GitlabExchange, GitlabRoute } from './exchange.ts';

const result = { 'content-type': 'application/x-git-receive-pack-result' };

/** Hands a push to Git itself, after the check for protected branches that GitLab makes in its pre-receive hook. */
async function receivePack({ repository, body }: GitlabExchange): Promise<Answer> {
  const names = branchesOf(body);
  if (names.some((name) => repository.protectedBranches.has(name)))
    return { ...declined(names), headers: result };
  return {
    status: 200,
    bytes: await runReceivePack(repository.store.gitdir, body),
    headers: result,
  };
}

/** Reads the branches of a push from its pkt-lines, up to the flush. */
function branchesOf(body: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; ; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (!(length > 4)) return names;
    const [command = ''] = body.toString('utf8', at + 4, at + length).split('\0');
    names.push(command.trimEnd().replace(/^\S+ \S+ refs\/heads\//, ''));
    at += length;
  }
}

function declined(names: readonly string[]): Answer {
  const packet = (text: string, band?: number) => {
    const bytes = Buffer.concat([Buffer.from(band === undefined ? [] : [band]), Buffer.from(text)]);
    return `${(bytes.length + 4).toString(16).padStart(4, '0')}${bytes.toString('latin1')}`;
  };
  const report = [
    packet('unpack ok\n'),
    ...names.map((name) => packet(`ng refs/heads/${name} pre-receive hook declined\n`)),
    '0000',
  ].join('');
  const said = 'GitLab: You are not allowed to push code to protected branches on this project.\n';
  return {
    status: 200,
    bytes: Buffer.from(`${packet(said, 2)}${packet(report, 1)}0000`, 'latin1'),
  };
}

function runReceivePack(gitdir: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['receive-pack', '--stateless-rpc', gitdir], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'], HOME: gitdir, GIT_CONFIG_NOSYSTEM: '1' },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.end(body);
  });
}

/** Git over HTTP, as far as a push needs it. */
export const gitRoutes: readonly GitlabRoute[] = [['POST', /^\/git-receive-pack$/, receivePack]];
