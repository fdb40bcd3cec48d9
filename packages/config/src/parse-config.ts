import type { ConfigIssue } from './issue.ts';
import type { Locate } from './key-path.ts';
import type { ConfigInput } from './types.ts';

/** How {@link parseConfig} reads. */
export interface ParseConfigOptions {
  /** Name of the file in messages. @default 'gitops.yaml' */
  readonly path?: string;
  /**
   * True for a file that a person has named. One that was merely found in a project may have come with somebody else's
   * repository, so it cannot send variables that were not made for this tool to a host of its choice.
   *
   * @default false
   */
  readonly trusted?: boolean;
}

/** A checked gitops.yaml, or everything that is wrong with it. */
export type ParseConfigResult = {
  readonly warnings: readonly ConfigIssue[];
  /** Tells where a setting stands. */
  readonly locate: Locate;
} & (
  | { readonly config: ConfigInput; readonly issues: readonly [] }
  | { readonly config: undefined; readonly issues: readonly ConfigIssue[] }
);

/**
 * Parses the text of a gitops.yaml and lists everything that is wrong with it, each with file, line, column and key. Of
 * more than 200 issues, the first 200 are listed. A text of more than 64 Ki characters is refused.
 *
 * Reads no other file and no variable. The libraries for YAML and schemas are loaded by the first call.
 *
 * @example
 * ```ts
 * import { formatIssue, parseConfig } from '@bowline/gitops-config';
 *
 * const { issues } = await parseConfig('server:\n  prot: 8080\n');
 * console.log(issues.map(formatIssue).join('\n'));
 * //=> gitops.yaml:2:3: server.prot: is not known; did you mean "port"?
 * ```
 */
export async function parseConfig(
  text: string,
  options: ParseConfigOptions = {},
): Promise<ParseConfigResult> {
  const file = options.path ?? 'gitops.yaml';
  const [{ parseYaml }, { checkSchema, inOrder }, { checkRules }, { checkReferences }] =
    await Promise.all([
      import('./parse-yaml.ts'),
      import('./schema-issues.ts'),
      import('./rules.ts'),
      import('./reference-rules.ts'),
    ]);
  const { value, locate, ...found } = parseYaml(text, file);
  const warnings = atMost(MAX_ISSUES, found.warnings);
  const refuse = (issues: readonly ConfigIssue[]) =>
    ({ config: undefined, issues: atMost(MAX_ISSUES, issues), warnings, locate }) as const;
  if (found.issues.length > 0) return refuse(found.issues);
  const checked = checkSchema(value ?? {}, locate);
  if ('issues' in checked) return refuse(checked.issues);
  const broken = inOrder([
    ...checkRules(checked.config, locate),
    ...(options.trusted === true ? [] : checkReferences(checked.config, locate)),
  ]);
  if (broken.length > 0) return refuse(broken);
  return { config: checked.config, issues: [], warnings, locate };
}

/** Nobody reads more, and a file that is no gitops.yaml at all would give one for every line. */
const MAX_ISSUES = 200;

function atMost(max: number, issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const [first] = issues;
  if (first === undefined || issues.length <= max) return issues;
  const { code, file } = first;
  const message = `has ${issues.length - max} more problems`;
  return [...issues.slice(0, max), { code, message, ...(file === undefined ? {} : { file }) }];
}

/** Checks settings that stand in no file, such as the options of a program. */
export async function checkInput(input: ConfigInput): Promise<ParseConfigResult> {
  const [{ checkSchema }, { checkRules }] = await Promise.all([
    import('./schema-issues.ts'),
    import('./rules.ts'),
  ]);
  const locate: Locate = () => ({});
  const checked = checkSchema(withoutUndefined(input), locate);
  if ('issues' in checked)
    return { config: undefined, issues: checked.issues, warnings: [], locate };
  const issues = checkRules(checked.config, locate);
  if (issues.length > 0) return { config: undefined, issues, warnings: [], locate };
  return { config: checked.config, issues: [], warnings: [], locate };
}

/** A program that passes its flags on has members that are there and `undefined`. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [[key, withoutUndefined(member)]],
    ),
  );
}
