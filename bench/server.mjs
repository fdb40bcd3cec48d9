/**
 * Measures `POST /v1/gitops/set-image-yaml`: read the file and its commit, edit the image, commit, over HTTP against a forge that answers at
 * once. The peer is the same route as a FastAPI program (uvicorn with uvloop and httptools, httpx, ruamel.yaml), one process each, in
 * turn, against the same forge with the same load. Goal: ten times its requests per second; p99 at 50 connections is shown.
 *
 * Then: 200 jobs at once on one branch of the simulator of Bitbucket Cloud (real Git repository) all land, in a time that is linear in their
 * number; and the memory of the server after 1,000 and after 11,000 requests.
 *
 * The peer is installed from PyPI into a folder beside the temporary ones and is left out, in words, where that cannot be had.
 * Prints tables and, as the last line, one JSON object.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { env } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { load, quantile } from './server/load.mjs';
import { manifest } from './server/manifest.mjs';

const ROUNDS = Number(env.BENCH_ROUNDS ?? 5);
const REQUESTS = Number(env.BENCH_REQUESTS ?? 2_000);
const CONNECTIONS = 50;
const GOAL = 10;
const LANDED = [50, 100, 200];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bowline-bench-server-'));
const children = [];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const image = (index) => `registry.example.com/shop/web:2.${index}.0`;
// Each on a branch of its own: jobs on one branch take turns, which is measured by itself below.
const body = (index) => ({
  repo: 'acme/gitops',
  refs: `environment-${index % 200}`,
  yaml_path: 'shop/web_deployment.yaml',
  image: image(index),
});
const anchoredBody = (index) => ({ ...body(index), yaml_path: 'shop/anchored.yaml' });

function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  children.push(child);
  const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout });
  const next = async () => (await once(lines, 'line'))[0];
  return { child, next };
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

async function answering(port, path) {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      if (answer.status < 500) return;
    } catch {
      // Not yet: it is asked again below.
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing answers on port ${port}`);
}

async function startBowline(apiUrl, token) {
  const port = await freePort();
  const config = join(folder, `gitops-${port}.yaml`);
  writeFileSync(
    config,
    JSON.stringify({
      server: { port, rateLimit: { requestsPerMinute: 1_000_000 } },
      hosts: {
        'bitbucket.org': {
          apiUrl,
          apiHost: '127.0.0.1',
          credential: { kind: 'access-token', token: { env: 'BENCH_TOKEN' } },
        },
      },
    }),
  );
  const { child, next } = start(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      here('server/heap-probe.mjs'),
      here('../apps/server/dist/server.js'),
      '--config',
      config,
    ],
    {
      env: { PATH: env.PATH, HOME: folder, BENCH_TOKEN: token, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: folder,
    },
  );
  await answering(port, '/ready');
  const memory = async () => {
    child.kill('SIGUSR2');
    const heap = Number((await next()).replace('heap ', ''));
    return { heap, resident: residentMiB(child.pid) };
  };
  return { port, pid: child.pid, memory };
}

/** Installs the peer; `undefined` where there is no Python or no registry. */
function installPeer() {
  const python = join(folder, 'peer/bin/python');
  const steps = [
    [env.BENCH_PYTHON ?? 'python3', ['-m', 'venv', join(folder, 'peer')]],
    [
      python,
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        'fastapi',
        'uvicorn',
        'httpx',
        'ruamel.yaml',
        'uvloop',
        'httptools',
      ],
    ],
  ];
  for (const [command, args] of steps) {
    const { status, error } = spawnSync(command, args, { stdio: 'ignore', timeout: 180_000 });
    if (status !== 0 || error !== undefined) return undefined;
  }
  const { stdout } = spawnSync(
    python,
    [
      '-c',
      'import fastapi, uvicorn, sys; print(sys.version.split()[0], fastapi.__version__, uvicorn.__version__)',
    ],
    { encoding: 'utf8' },
  );
  const [version, fastapi, uvicorn] = stdout.trim().split(' ');
  return { python, name: `FastAPI ${fastapi}, uvicorn ${uvicorn}, Python ${version}` };
}

function residentMiB(pid) {
  if (!existsSync(`/proc/${pid}/status`)) return undefined;
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

async function landAll() {
  const { startBitbucketCloud } = await import('@bowline/test-servers/bitbucket-cloud');
  const rows = [];
  for (const jobs of LANDED) {
    const simulator = await startBitbucketCloud({ validate: false });
    try {
      const state = await simulator.createRepository('acme/gitops');
      const files = Object.fromEntries(
        Array.from({ length: jobs }, (_, index) => [`shop/web-${index}.yaml`, manifest]),
      );
      const before = await state.seed({ branch: 'prod', files });
      const { port, pid } = await startBowline(simulator.apiUrl, simulator.accessToken);
      const started = performance.now();
      await load({
        port,
        requests: jobs,
        connections: jobs,
        body: (index) => ({ ...body(index), refs: 'prod', yaml_path: `shop/web-${index}.yaml` }),
      });
      const milliseconds = performance.now() - started;
      process.kill(pid, 'SIGTERM');
      let commits = 0;
      let at = await state.branch('prod');
      while (at !== before) {
        [at] = (await state.inspect(at)).parents;
        commits += 1;
      }
      let landed = 0;
      const tip = await state.branch('prod');
      for (let index = 0; index < jobs; index += 1) {
        const entry = await state.store.entry(tip, `shop/web-${index}.yaml`);
        const text = Buffer.from(await state.store.blob(entry.oid)).toString('utf8');
        if (text.includes(`image: ${image(index)} # set by CI`)) landed += 1;
      }
      rows.push({ jobs, landed, commits, milliseconds, perJob: milliseconds / jobs });
    } finally {
      await simulator.close();
    }
  }
  return rows;
}

async function main() {
  const forge = start(process.execPath, [here('server/forge.mjs')]);
  const forgePort = Number(await forge.next());
  const bowline = await startBowline(`http://127.0.0.1:${forgePort}/2.0`, 'token');
  const peer = installPeer();
  let peerPort;
  if (peer === undefined) {
    console.log(
      'The peer is left out: FastAPI cannot be installed here (python3 with venv, and PyPI).',
    );
  } else {
    peerPort = await freePort();
    start(peer.python, [here('server/peer.py'), String(peerPort)], {
      env: { PATH: env.PATH, FORGE: `http://127.0.0.1:${forgePort}` },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await answering(peerPort, '/openapi.json');
  }
  const run = (port, requests = REQUESTS, of = body) =>
    load({ port, requests, connections: CONNECTIONS, body: of });
  await run(bowline.port, 1_000);
  const early = await bowline.memory();
  if (peer !== undefined) await run(peerPort, 300);
  const ours = [];
  const theirs = [];
  const anchored = { ours: [], theirs: [] };
  const some = Math.ceil(REQUESTS / 5);
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await run(bowline.port));
    anchored.ours.push(await run(bowline.port, some, anchoredBody));
    if (peer === undefined) continue;
    theirs.push(await run(peerPort, some));
    anchored.theirs.push(await run(peerPort, Math.ceil(some / 2), anchoredBody));
  }
  const late = await bowline.memory();
  forge.child.stdin.write('\n');
  const counted = JSON.parse(await forge.next());
  if (counted.wrong > 0) throw new Error(`${counted.wrong} commits do not hold what they should`);
  const row = (runs) => ({
    'requests/s': Math.round(median(runs.map(({ perSecond }) => perSecond))),
    'p50 ms': median(runs.map(({ times }) => quantile(times, 0.5))).toFixed(1),
    'p99 ms': median(runs.map(({ times }) => quantile(times, 0.99))).toFixed(1),
  });
  const ratioOf = (mine, other) =>
    median(mine.map(({ perSecond }) => perSecond)) /
    median(other.map(({ perSecond }) => perSecond));
  const peerRows =
    peer === undefined
      ? {}
      : {
          [peer.name]: row(theirs),
          [`${peer.name}, with an anchor`]: row(anchored.theirs),
        };
  console.table({
    bowline: row(ours),
    'bowline, with an anchor': row(anchored.ours),
    ...peerRows,
  });
  const ratio = peer === undefined ? undefined : ratioOf(ours, theirs);
  const anchoredRatio = peer === undefined ? undefined : ratioOf(anchored.ours, anchored.theirs);
  if (ratio !== undefined)
    console.log(
      `${ratio.toFixed(1)} times the peer (goal: ${GOAL})${ratio < GOAL ? ': MISSED' : ''}; ${anchoredRatio.toFixed(1)} times with an anchor in the manifest`,
    );
  const total = 1_000 + ROUNDS * (REQUESTS + some);
  const mib = ({ heap, resident }) =>
    `${heap.toFixed(1)} MiB of heap${resident === undefined ? '' : ` (${resident.toFixed(0)} MiB resident)`}`;
  console.log(`memory: ${mib(early)} after 1,000 requests, ${mib(late)} after ${total}`);

  const landed = await landAll();
  console.table(
    landed.map((one) => ({
      ...one,
      milliseconds: Math.round(one.milliseconds),
      perJob: `${one.perJob.toFixed(1)} ms`,
    })),
  );
  for (const { jobs, landed: found, commits } of landed)
    if (found !== jobs || commits !== jobs)
      throw new Error(`${jobs} jobs made ${commits} commits, ${found} are there`);
  console.log(
    JSON.stringify({
      name: 'server',
      requestsPerSecond: row(ours)['requests/s'],
      p99Ms: Number(row(ours)['p99 ms']),
      ratio,
      anchoredRatio,
      goal: GOAL,
      memoryMiB: { early, late },
      landed,
    }),
  );
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
