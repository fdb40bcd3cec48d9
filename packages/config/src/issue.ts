import { ConfigError, type ConfigErrorCode } from './errors.ts';

/** One thing that is wrong with a setting. Never holds the value of a secret. */
export interface ConfigIssue {
  readonly code: ConfigErrorCode;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** Path of the file. Absent for the environment and for options. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1, in UTF-16 code units. */
  readonly column?: number;
  /** The dotted path of the setting, such as `server.port`, or the name of the variable. */
  readonly key?: string;
  /** The next step, where there is a better one than that of the code. */
  readonly hint?: string;
}

/**
 * Formats an issue as one line, as compilers do: `gitops.yaml:3:7: server.port: must be a number`.
 */
export function formatIssue(issue: ConfigIssue): string {
  const position = [issue.line, issue.column].filter((part) => part !== undefined);
  const place = issue.file === undefined ? '' : [issue.file, ...position].join(':');
  return [place, issue.key, issue.message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

/** Makes the one error that carries all issues. */
export function issuesError(issues: readonly ConfigIssue[]): ConfigError {
  const [first] = issues;
  if (first !== undefined && issues.length === 1)
    return new ConfigError(first.code, formatIssue(first), {
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      details: { issues },
    });
  const lines = issues.map((issue) => `  ${formatIssue(issue)}`);
  return new ConfigError(
    'CONFIG_INVALID',
    `the configuration has ${issues.length} problems:\n${lines.join('\n')}`,
    { details: { issues } },
  );
}

/** What reading one source adds to, besides its layer. */
export interface Findings {
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigIssue[];
}
