import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesBelow, readIfThere } from './workspace.ts';

const schema = readIfThere('../shared/contracts/ci-schemas/github-workflows.json');
const workflows = filesBelow('.github/workflows', '.yml');

describe('workflows', () => {
  it('there are two: one that tests and one that releases', () => {
    expect(workflows.map(({ path }) => path)).toEqual([
      '.github/workflows/ci.yml',
      '.github/workflows/release.yml',
    ]);
  });

  it.skipIf(schema === undefined).each(workflows.map(({ path, text }) => [path, text]))(
    '%s is what the schema of GitHub asks for (skipped without ../shared)',
    (_, text) => {
      const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false });
      const validate = ajv.compile(JSON.parse(schema ?? '{}') as object);
      validate(parse(text));
      expect(validate.errors ?? []).toEqual([]);
    },
  );

  it.each(workflows.map(({ path, text }) => [path, text]))(
    '%s pins actions by commit and names its rights',
    (_, text) => {
      const uses = [...text.matchAll(/uses: (\S+)(.*)/g)];
      expect(uses.length).toBeGreaterThan(0);
      for (const [, action, comment] of uses) {
        expect(action).toMatch(/@[0-9a-f]{40}$/);
        expect(comment).toMatch(/# v\d+\.\d+\.\d+/);
      }
      expect((parse(text) as { permissions?: unknown }).permissions).toBeDefined();
    },
  );

  it('test on the Node.js of the matrix, not on the one that the workspace brings', () => {
    const { steps = [] } = (
      parse(workflows[0]?.text ?? '') as {
        jobs: { test: { steps?: readonly { run?: string }[] } };
      }
    ).jobs.test;
    const commands = steps.flatMap(({ run }) => run ?? []);
    const removal = commands.findIndex((run) => run.includes('rm -f node_modules/.bin/node'));
    const first = commands.findIndex((run) => /pnpm@\S+ (?:start|test)$/.test(run));
    expect(removal).toBeGreaterThanOrEqual(0);
    expect(removal).toBeLessThan(first);
    expect(commands[removal]).toContain('process.version');
  });

  it('run the two commands of the README', () => {
    const ci = workflows[0]?.text ?? '';
    for (const command of ['start', 'test']) {
      expect(ci).toContain(`npx --yes pnpm@12.21.0 ${command}`);
      expect(readIfThere('README.md')).toContain(`npx --yes pnpm@12.21.0 ${command}`);
    }
    expect(readIfThere('.ci/run')).toContain('npx --yes pnpm@12.21.0 test');
    expect(readIfThere('package.json')).toContain('"packageManager": "pnpm@12.21.0"');
  });
});
