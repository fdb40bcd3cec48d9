/**
 * Measures an image change through the forge API: read head and mode, read file, commit. The same change is made in a repository of 10 and
 * in one of 10,000 files, in turn, against the simulator of Bitbucket Cloud over local HTTP. The simulator walks the trees on the
 * way to the file only and answers without delay, so what grows would be ours. Goal: at most 1.3 times as long.
 *
 * The count of requests is asserted: three for each change.
 *
 * Prints a table and, as the last line, one JSON object.
 */
import process, { env } from 'node:process';
import { Secret } from '@bowline/gitops-errors';
import { setImage } from '@bowline/gitops-manifests';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';

const ROUNDS = Number(env.BENCH_ROUNDS ?? 101);
const WARM_UP = 20;
const GOAL = 1.3;
const path = 'apps/app-4/manifest-1.yaml';

function manifest(app, index) {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${app}-${index}
spec:
  template:
    spec:
      containers:
        - name: web # app ${app}
          image: registry.example.com/shop/web:1.0.0
`;
}

/** `folders` folders below `apps/` with `each` manifests in each. */
function sample(folders, each) {
  const files = {};
  for (let app = 0; app < folders; app += 1)
    for (let index = 0; index < each; index += 1)
      files[`apps/app-${app}/manifest-${index}.yaml`] = manifest(app, index);
  return files;
}

async function prepare(simulator, name, files) {
  const state = await simulator.createRepository(name);
  await state.seed({ branch: 'prod', files });
  const auth = { type: 'bearer', token: new Secret(simulator.accessToken) };
  const provider = bitbucketCloud({ auth, apiUrl: simulator.apiUrl, webUrl: simulator.webUrl });
  return provider.repository(name);
}

async function change(repository, tag) {
  const file = await repository.files.read(path, 'prod');
  if (file?.commit === undefined) throw new Error(`${path} is absent`);
  const text = new TextDecoder().decode(file.content);
  const edited = setImage(text, `registry.example.com/shop/web:${tag}`);
  if (edited.changes.length !== 1) throw new Error('not one image was changed');
  await repository.commits.create({
    branch: 'prod',
    message: `chore: update image to ${tag}`,
    expectedHead: file.commit,
    changes: [
      { type: 'write', path, content: new TextEncoder().encode(edited.text), mode: file.mode },
    ],
  });
}

async function time(simulator, repository, tag) {
  simulator.forgetRequests();
  const start = performance.now();
  await change(repository, tag);
  const milliseconds = performance.now() - start;
  if (simulator.requests.length !== 3) {
    throw new Error(`${simulator.requests.length} requests in place of 3`);
  }
  return milliseconds;
}

function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)];
}

const { startBitbucketCloud } = await import('@bowline/test-servers/bitbucket-cloud');
// Checking each answer against the document is the simulator's work, not ours.
const simulator = await startBitbucketCloud({ validate: false });
try {
  const small = await prepare(simulator, 'acme/small', sample(5, 2));
  const large = await prepare(simulator, 'acme/large', sample(100, 100));
  const times = { small: [], large: [] };
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const pair = { small: await time(simulator, small, `2.0.${round + WARM_UP}`) };
    pair.large = await time(simulator, large, `2.0.${round + WARM_UP}`);
    if (round < 0) continue;
    times.small.push(pair.small);
    times.large.push(pair.large);
  }
  const ratio = quantile(
    times.large.map((value, round) => value / times.small[round]),
    0.5,
  );
  console.log(`Image change through the forge API, ${ROUNDS} rounds in turn, 3 requests each`);
  for (const [name, values] of Object.entries(times)) {
    const [low, middle, high] = [0.1, 0.5, 0.9].map((part) => quantile(values, part).toFixed(2));
    const files = name === 'small' ? '10' : '10,000';
    console.log(`  ${files.padStart(6)} files  ${middle} ms (10 % ${low}, 90 % ${high})`);
  }
  console.log(`  ratio ${ratio.toFixed(2)} × (goal ≤ ${GOAL} ×)`);
  console.log(JSON.stringify({ name: 'forge-api', ratio, goal: GOAL, met: ratio <= GOAL }));
  if (ratio > GOAL) process.exitCode = 1;
} finally {
  await simulator.close();
}
