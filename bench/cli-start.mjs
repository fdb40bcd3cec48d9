// How long the command takes to start, against a bare Node.js in the same run. The limits are those that we hold ourselves to.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../apps/cli/bin/gitops.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'gitops-bench-'));
const env = { PATH: process.env.PATH, HOME: home };
const runs = 21;

const cases = [
  { name: 'gitops --version', args: [bin, '--version'], limit: 2 },
  { name: 'gitops config --json', args: [bin, 'config', '--json'], limit: 4 },
  { name: 'gitops k8s-pr --help', args: [bin, 'k8s-pr', '--help'], limit: undefined },
];

function time(args) {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { env, stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

try {
  console.log(
    `Start-up, ${runs} runs each, in turn with \`node -e 0\` (Node.js ${process.version})`,
  );
  for (const { name, args, limit } of cases) {
    const ours = [];
    const bare = [];
    time(args);
    for (let run = 0; run < runs; run += 1) {
      bare.push(time(['-e', '0']));
      ours.push(time(args));
    }
    const ratio = median(ours.map((value, run) => value / bare[run]));
    const spread = `${Math.min(...ours).toFixed(0)}–${Math.max(...ours).toFixed(0)}`;
    const goal = limit === undefined ? '' : `  (goal ≤ ${limit} ×)`;
    console.log(
      `  ${name.padEnd(22)} ${median(ours).toFixed(0).padStart(4)} ms (${spread})  node -e 0 ${median(bare).toFixed(0)} ms  ratio ${ratio.toFixed(2)} ×${goal}`,
    );
  }
} finally {
  rmSync(home, { recursive: true });
}
