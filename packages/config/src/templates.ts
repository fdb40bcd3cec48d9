import { ConfigError } from './errors.ts';

const placeholders = ['cluster', 'namespace', 'deploy'] as const;
const known = placeholders.map((name) => `{${name}}`).join(', ');

/** What the placeholders of a template stand for. */
export interface TemplateValues {
  /** The cluster, which is a branch and may have several segments. */
  readonly cluster: string;
  readonly namespace: string;
  readonly deploy: string;
}

/**
 * Fills in the branch and path templates of `kubernetesPullRequest`.
 *
 * The result is a relative path of plain segments: never absolute, never with `..`, an empty segment, a backslash,
 * `.git`, blanks or control characters, whatever the values are.
 *
 * @throws {@link ConfigError} `CONFIG_TEMPLATE_INVALID` when the template has another placeholder or a lone brace, or when
 * a value would leave its place.
 *
 * @example
 * ```ts
 * import { renderTemplate } from '@bowline/gitops-config';
 *
 * const path = renderTemplate('{namespace}/{deploy}_deployment.yaml', {
 *   cluster: 'prod',
 *   namespace: 'shop',
 *   deploy: 'web',
 * });
 * //=> 'shop/web_deployment.yaml'
 * ```
 */
export function renderTemplate(template: string, values: TemplateValues): string {
  const used = new Set<string>();
  const result = template.replace(/\{([^{}]*)\}|[{}]/g, (match, name?: string) => {
    const placeholder = placeholders.find((candidate) => candidate === name);
    if (placeholder === undefined)
      throw invalidTemplate(
        name === undefined
          ? `has a "${match}" without its counterpart; the placeholders are ${known}`
          : `has the unknown placeholder "${match}"; the known ones are ${known}`,
        template,
      );
    used.add(placeholder);
    return values[placeholder];
  });
  for (const name of placeholders) {
    if (!used.has(name)) continue;
    if (values[name] === '') throw invalidTemplate(`has no value for {${name}}`, template);
    // Only a cluster, which is a branch, may bring a "/" of its own.
    if (name !== 'cluster' && values[name].includes('/'))
      throw invalidTemplate(`gets a {${name}} with a "/"`, template);
  }
  const problem = pathProblem(result);
  if (problem !== undefined) throw invalidTemplate(`gives a path with ${problem}`, template);
  return result;
}

function pathProblem(path: string): string | undefined {
  if (path.length > 1024) return 'more than 1024 characters';
  if (/[\s\\\p{Cc}]/u.test(path)) return 'a blank, backslash or control character';
  const segments = path.split('/');
  if (segments.includes('')) return 'an empty segment';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'a "." or ".."';
  if (segments.some((segment) => segment.toLowerCase() === '.git')) return 'a ".git"';
  return undefined;
}

function invalidTemplate(problem: string, template: string): ConfigError {
  return new ConfigError('CONFIG_TEMPLATE_INVALID', `the template "${template}" ${problem}`);
}
