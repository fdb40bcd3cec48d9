import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.ts';
import { renderTemplate } from './templates.ts';

const values = { cluster: 'env/prod', namespace: 'shop', deploy: 'web' };

describe('renderTemplate', () => {
  it.each([
    ['{namespace}/{deploy}_deployment.yaml', 'shop/web_deployment.yaml'],
    ['{cluster}/{deploy}-{deploy}.yaml', 'env/prod/web-web.yaml'],
    ['plain.yaml', 'plain.yaml'],
  ])('fills in %s', (template, expected) => {
    expect(renderTemplate(template, values)).toBe(expected);
  });

  it.each([
    [
      '{name}/x',
      'the template "{name}/x" has the unknown placeholder "{name}"; the known ones are {cluster}, {namespace}, {deploy}',
    ],
    [
      '{}',
      'the template "{}" has the unknown placeholder "{}"; the known ones are {cluster}, {namespace}, {deploy}',
    ],
    [
      '{namespace',
      'the template "{namespace" has a "{" without its counterpart; the placeholders are {cluster}, {namespace}, {deploy}',
    ],
    [
      '{constructor}',
      'the template "{constructor}" has the unknown placeholder "{constructor}"; the known ones are {cluster}, {namespace}, {deploy}',
    ],
    ['/{deploy}', 'the template "/{deploy}" gives a path with an empty segment'],
    ['../{deploy}', 'the template "../{deploy}" gives a path with a "." or ".."'],
    ['.GIT/{deploy}', 'the template ".GIT/{deploy}" gives a path with a ".git"'],
  ])('refuses %s', (template, message) => {
    expect(() => renderTemplate(template, values)).toThrow(
      expect.objectContaining({ code: 'CONFIG_TEMPLATE_INVALID', message }),
    );
  });

  it.each([
    [{ ...values, namespace: '..' }],
    [{ ...values, namespace: '' }],
    [{ ...values, namespace: 'a/b' }],
    [{ ...values, deploy: 'a\\b' }],
    [{ ...values, deploy: 'a\nb' }],
    [{ ...values, cluster: '/etc' }],
    [{ ...values, cluster: 'a//b' }],
    [{ ...values, cluster: '..' }],
  ])('refuses the values %j', (hostile) => {
    expect(() => renderTemplate('{cluster}/{namespace}/{deploy}', hostile)).toThrow(ConfigError);
  });

  it('never leaves the folder, whatever the template and the values are', () => {
    const part = fc.oneof(
      fc.constantFrom('{cluster}', '{namespace}', '{deploy}', '/', '.', '..', '\\', '.git', 'a'),
      fc.string({ maxLength: 5 }),
    );
    const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, text, text, (template, cluster, namespace, deploy) => {
        let path: string;
        try {
          path = renderTemplate(template, { cluster, namespace, deploy });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          return;
        }
        const segments = path.split('/');
        expect(segments).not.toContain('');
        expect(segments).not.toContain('.');
        expect(segments).not.toContain('..');
        expect(path).not.toMatch(/[\s\\]/);
      }),
      { numRuns: 500 },
    );
  });
});
