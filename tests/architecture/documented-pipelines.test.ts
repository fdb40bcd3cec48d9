import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesBelow, readIfThere } from './workspace.ts';

interface DocumentedFile {
  readonly place: string;
  readonly path: string;
  readonly text: string;
}

const pages = filesBelow('docs/ci', '.md');
const files = pages.flatMap(({ path: page, text }): DocumentedFile[] =>
  [...text.matchAll(/^```yaml\n# file: (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, path = '', content = '']) => ({ place: `${page}: ${path}`, path, text: content }),
  ),
);

const schemas: readonly (readonly [RegExp, string])[] = [
  [/^\.(?:github|gitea)\/workflows\//, 'github-workflows'],
  [/^bitbucket-pipelines\.yml$/, 'bitbucket-pipelines'],
  [/^\.gitlab-ci\.yml$/, 'gitlab-ci'],
];

describe('the pipelines in docs/ci', () => {
  it('are there for every forge', () => {
    expect(files.map(({ path }) => path)).toEqual([
      'bitbucket-pipelines.yml',
      '.gitea/workflows/promote.yml',
      '.github/workflows/promote.yml',
      '.github/workflows/promote-here.yml',
      '.gitlab-ci.yml',
    ]);
  });

  for (const { place, path, text } of files) {
    const name = schemas.find(([pattern]) => pattern.test(path))?.[1];
    const schema = readIfThere(`../shared/contracts/ci-schemas/${name}.json`);
    it.skipIf(schema === undefined)(
      `${place} is what its schema asks for (skipped without ../shared)`,
      () => {
        const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false });
        const validate = ajv.compile(JSON.parse(schema ?? '{}') as object);
        validate(parse(text));
        expect(validate.errors ?? []).toEqual([]);
      },
    );
  }

  it('put no expression of the CI system into a script', () => {
    const scripts = files.flatMap(({ place, text }) =>
      text
        .split('\n')
        .filter((line) => line.includes('npx ') && line.includes('${{'))
        .map((line) => `${place}: ${line}`),
    );
    expect(scripts).toEqual([]);
  });

  it('name commands, flags and variables that exist', () => {
    const reference = readIfThere('docs/commands.md') ?? '';
    const configuration = readIfThere('docs/configuration.md') ?? '';
    for (const { path, text } of pages) {
      for (const [, command = '', rest = ''] of text.matchAll(
        /(?:@bowline\/gitops-cli@[\d.]+|`gitops) ([a-z0-9-]+(?: (?:trigger|list|set))?)([^`\n]*)/g,
      )) {
        const section = reference
          .split(/^## /m)
          .find((part) => part.startsWith(`gitops ${command}\n`));
        expect(section, `${path}: gitops ${command}`).toBeDefined();
        for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(section, path).toContain(flag);
      }
      for (const [, variable] of text.matchAll(
        /\b((?:GIT_DEFAULT|GITHUB|GITLAB|GITEA|BITBUCKET|GITOPS)_(?:REMOTE|ORG|HOST|TOKEN|ACCESS_TOKEN|EMAIL|API_TOKEN|APP_ID|APP_PRIVATE_KEY|DC_HOST|DC_TOKEN|TRIGGERED_BY))\b/g,
      )) {
        expect(configuration, path).toContain(variable ?? '');
      }
    }
  });
});
