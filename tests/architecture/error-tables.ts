import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorCodeTable } from '@bowline/gitops-errors';
import { filesBelow, isTest, type Manifest, readIfThere, repositoryRoot } from './workspace.ts';

/** A table of error codes that a package exports. */
export interface CodeTable {
  /** The npm name of the package. */
  readonly packageName: string;
  /** Where the table is written, from the root of the repository. */
  readonly path: string;
  readonly codes: ErrorCodeTable;
}

/** Loads each `xxxErrorCodes` of the packages and apps from source, the base package first. */
export async function loadErrorTables(): Promise<CodeTable[]> {
  const tables: CodeTable[] = [];
  for (const { path, text } of [...filesBelow('packages', '.ts'), ...filesBelow('apps', '.ts')]) {
    const name = /^export const (\w+ErrorCodes) =/m.exec(text)?.[1];
    if (name === undefined || isTest(path)) continue;
    const folder = path.split('/').slice(0, 2).join('/');
    const manifest = JSON.parse(readIfThere(`${folder}/package.json`) ?? '{}') as Manifest;
    const module = (await import(pathToFileURL(join(repositoryRoot, path)).href)) as Record<
      string,
      ErrorCodeTable
    >;
    tables.push({ packageName: manifest.name, path, codes: module[name] ?? {} });
  }
  return tables.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, 'en'));
}

function rank(table: CodeTable): number {
  if (table.packageName.endsWith('-errors')) return 0;
  return table.path.startsWith('packages/') ? 1 : 2;
}

/** Writes the text of `docs/errors.md` from the tables. */
export function formatErrorsDocument(tables: readonly CodeTable[]): string {
  const lines = [
    '# Error codes',
    '',
    'Every error that Bowline throws on purpose has one of these codes, and so has every issue in a list of issues. A code',
    'is unique over all packages and part of the public API: adding one is a minor change, removing one is major.',
    '',
    'The command line prints the code with `--json`. "Retry" says that the same call may succeed later without a change.',
    '',
    '<!-- Generated from the code tables by `pnpm docs:errors`. Do not edit. -->',
  ];
  for (const { packageName, codes } of tables) {
    lines.push(
      '',
      `## ${packageName}`,
      '',
      '| Code | What happened | What to do | Retry |',
      '|---|---|---|---|',
    );
    for (const [code, info] of Object.entries(codes))
      lines.push(
        `| \`${code}\` | ${cell(info.summary)} | ${cell(info.hint)} | ${info.retryable === true ? 'yes' : ''} |`,
      );
  }
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
