/** A term of BBQL: `path = "text"` or `path ~ "text"`. */
export interface QueryTerm {
  readonly path: readonly string[];
  readonly operator: '=' | '~';
  readonly text: string;
}

/** Reads the part of BBQL that the product uses: terms joined by AND. Throws for anything else. */
export function parseQuery(query: string): readonly QueryTerm[] {
  const terms: QueryTerm[] = [];
  let rest = query.trim();
  while (rest !== '') {
    const match = /^([a-z_.]+)\s*(=|~)\s*"((?:[^"\\]|\\.)*)"\s*/.exec(rest);
    if (match === null) throw new Error(`cannot parse query at: ${rest}`);
    const [whole, path = '', operator, text = ''] = match;
    terms.push({
      path: path.split('.'),
      operator: operator === '~' ? '~' : '=',
      text: text.replace(/\\(.)/g, '$1'),
    });
    rest = rest.slice(whole.length);
    if (rest === '') break;
    if (!/^AND\s/.test(rest)) throw new Error(`cannot parse query at: ${rest}`);
    rest = rest.slice(3).trim();
  }
  return terms;
}

/** Tells whether an object matches all terms. */
export function matchesQuery(item: unknown, terms: readonly QueryTerm[]): boolean {
  return terms.every(({ path, operator, text }) => {
    let value: unknown = item;
    for (const name of path) {
      value =
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[name]
          : undefined;
    }
    if (typeof value !== 'string') return false;
    return operator === '=' ? value === text : value.toLowerCase().includes(text.toLowerCase());
  });
}
