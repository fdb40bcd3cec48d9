// `pnpm start`: makes a sample repository with two environments and moves an image into one of them with the built CLI.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalRepository } from '@bowline/gitops-providers/local';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sample = resolve(process.argv[2] ?? join(root, 'sample'));
const shown = relative(process.cwd(), sample) || '.';
const cli = join(root, 'apps', 'cli', 'bin', 'gitops.js');
const command = 'k8s-pr prod shop web registry.example.com/shop/web:2.1.0 --approve-merge';

const files = manifests();
const { created } = await createLocalRepository({
  root: sample,
  name: 'gitops-k8s',
  defaultBranch: 'staging',
  branches: { staging: files, prod: files },
  ifExists: 'keep',
});

console.log(
  created
    ? `Made a sample repository with the branches "staging" and "prod": ${join(shown, 'gitops-k8s.git')}\n`
    : `Using the sample repository of the last start: ${join(shown, 'gitops-k8s.git')}\n`,
);
console.log(`$ gitops ${command}\n`);

const { status, error } = spawnSync(process.execPath, [cli, ...command.split(' ')], {
  stdio: 'inherit',
  // The same as `--remote local --org FOLDER`: bare repositories in a folder instead of a forge.
  env: { ...process.env, GIT_DEFAULT_REMOTE: 'local', GIT_DEFAULT_ORG: sample },
});
if (error !== undefined) throw error;
if (status === 0) {
  // By pnpm, so that it runs on the Node.js of the workspace, whatever `node` is on the PATH.
  const gitops = 'npx --yes pnpm@12.21.0 --silent gitops';
  const local = `--remote local --org ${shown}`;
  console.log(`
Try next:
  ${gitops} get-file gitops-k8s prod shop/web_deployment.yaml ${local}
  ${gitops} pr gitops-k8s --status merged ${local}
  ${gitops} k8s-pr staging shop api 1.13.0 --dry-run ${local}
  ${gitops} --help
Start again to see that nothing is done twice; delete the folder "${shown}" to begin anew.`);
}
process.exitCode = status ?? 1;

/** The files below `fixtures/`, by their path in the repository. */
function manifests() {
  const folder = fileURLToPath(new URL('./fixtures', import.meta.url));
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file).replaceAll(sep, '/'), readFileSync(file)]),
  );
}
