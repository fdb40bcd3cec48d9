/** A path of the document with its parameters, ready to be compared with real ones. */
export interface PathTemplate {
  readonly pattern: RegExp;
  /** Sorts templates that match the same path: the lower one, segment by segment, is meant. */
  readonly rank: string;
}

// The characters sort as the kinds of segments have to: the end of a template after everything else.
const [LITERAL, MIXED, PARAMETER, GREEDY, END] = ['a', 'b', 'c', 'd', 'e'];

/**
 * Reads a template such as `/repos/{owner}/{repo}/contents/{path}`.
 *
 * A parameter takes one segment, one of `greedy` takes many. Parentheses mark what may be left out, as Grape writes it.
 */
export function parseTemplate(template: string, greedy: readonly string[]): PathTemplate {
  const source = template.replace(
    /\{([^}]+)\}|[()]|[.*+?^$|[\]\\]/g,
    (part, name: string | undefined) => {
      if (name !== undefined) return greedy.includes(name) ? '.+' : '[^/]+';
      if (part === '(') return '(?:';
      return part === ')' ? ')?' : `\\${part}`;
    },
  );
  const rank = template
    .split('/')
    .map((segment) => {
      const [, name] = /\{([^}]+)\}/.exec(segment) ?? [];
      if (name === undefined) return LITERAL;
      if (segment !== `{${name}}`) return MIXED;
      return greedy.includes(name) ? GREEDY : PARAMETER;
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`), rank: `${rank}${END}` };
}
