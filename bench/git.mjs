/**
 * Measures an image change on a 10,000-file repository over local HTTP (`git http-backend`, partial clones allowed):
 *
 * - `editBranch` with system git against a shell script that does the same by hand: shallow blobless bare clone, read the
 *   file, write blob, trees and commit, push. Goal: at most 1.5 times as long.
 * - the peak memory of a process that does it with isomorphic-git. Goal: at most 250 MB.
 *
 * Prints a table and, as the last line, one JSON object.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, execPath, exit, resourceUsage, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROUNDS = Number(env.BENCH_ROUNDS ?? 11);
const FILES = 10_000;
const path = 'apps/app-42/manifest-7.yaml';
const author = { name: 'Bench', email: 'bench@example.com' };

async function openEngine(engine) {
  const { openGit } = await import('@bowline/gitops-git');
  return openGit({ engine, environment: { PATH: env.PATH } });
}

function change(git, remote, tag) {
  return git.editBranch({
    remote,
    branch: 'main',
    author,
    edit: async (tree) => {
      const text = Buffer.from(await tree.read(path)).toString();
      const content = Buffer.from(text.replace(/web:.*/, `web:${tag}`));
      return {
        message: `chore: update image to ${tag}`,
        changes: [{ type: 'write', path, content }],
      };
    },
  });
}

if (argv[2] === 'child') {
  const git = await openEngine(argv[3]);
  const start = performance.now();
  await change(git, argv[4], argv[5]);
  const ms = performance.now() - start;
  stdout.write(JSON.stringify({ ms, maxRss: resourceUsage().maxRSS / 1024 }));
  exit(0);
}

/** What an engineer would write by hand; every step is needed, none is slowed down. */
const byHand = `set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
git clone -q --bare --depth=1 --single-branch --branch=main --filter=blob:none "$1" "$dir/r"
cd "$dir/r"
export GIT_INDEX_FILE="$dir/index"
git read-tree main
git show "main:$2" | sed "s|web:.*|web:$3|" > "$dir/file"
blob=$(git hash-object -w "$dir/file")
git update-index --cacheinfo "100644,$blob,$2"
tree=$(git write-tree --missing-ok)
commit=$(git commit-tree "$tree" -p main -m "chore: update image to $3")
git push -q origin "$commit:refs/heads/main"
`;

function summary(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { median: at(0.5), low: at(0.1), high: at(0.9) };
}

const { startGitHttpServer, importCommit } = await import('@bowline/test-servers/git-http');
const server = await startGitHttpServer();
const folder = await mkdtemp(join(tmpdir(), 'bowline-bench-'));
try {
  const files = {};
  for (let at = 0; at < FILES; at += 1) {
    const app = Math.floor(at / 10);
    files[`apps/app-${app}/manifest-${at % 10}.yaml`] =
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-${at}\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/web:1.0.${at}\n`;
  }
  await server.createRepository('big.git');
  await importCommit(join(server.root, 'big.git'), { files });
  const remote = server.url('big.git');
  const script = join(folder, 'by-hand.sh');
  await writeFile(script, byHand);
  const hand = async (tag) => {
    await run('sh', [script, remote, path, tag], {
      env: {
        PATH: env.PATH,
        HOME: folder,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: author.name,
        GIT_COMMITTER_EMAIL: author.email,
      },
    });
  };
  const system = await openEngine('system');
  const isomorphic = await openEngine('isomorphic');
  const times = { 'by hand': [], system: [], isomorphic: [] };
  const timed = async (name, work) => {
    const start = performance.now();
    await work();
    times[name].push(performance.now() - start);
  };
  for (let round = -1; round < ROUNDS; round += 1) {
    await timed('by hand', () => hand(`h${round}`));
    await timed('system', () => change(system, remote, `s${round}`));
    await timed('isomorphic', () => change(isomorphic, remote, `i${round}`));
    if (round < 0) for (const list of Object.values(times)) list.length = 0;
  }
  const memory = [];
  for (let round = 0; round < 5; round += 1) {
    const self = fileURLToPath(import.meta.url);
    const child = await run(execPath, [self, 'child', 'isomorphic', remote, `m${round}`]);
    memory.push(JSON.parse(child.stdout).maxRss);
  }
  const rows = Object.fromEntries(
    Object.entries(times).map(([name, list]) => [name, summary(list)]),
  );
  for (const [name, { median, low, high }] of Object.entries(rows)) {
    console.log(
      `${name.padEnd(12)} ${median.toFixed(0)} ms (${low.toFixed(0)}–${high.toFixed(0)})`,
    );
  }
  const ratio = rows.system.median / rows['by hand'].median;
  const peak = summary(memory);
  console.log(`system / by hand      ${ratio.toFixed(2)} (goal 1.5)`);
  console.log(
    `isomorphic peak RSS   ${peak.median.toFixed(0)} MB (${peak.low.toFixed(0)}–${peak.high.toFixed(0)}, goal 250)`,
  );
  const goals = ratio <= 1.5 && peak.median <= 250;
  console.log(
    JSON.stringify({
      name: 'git',
      files: FILES,
      rounds: ROUNDS,
      times: rows,
      ratio,
      peakRssMb: peak,
      goals,
    }),
  );
} finally {
  await server.close();
  await rm(folder, { recursive: true, force: true });
}
