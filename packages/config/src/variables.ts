import type { ConfigIssue } from './issue.ts';
import type { Sourced } from './layer.ts';
import { patterns } from './values.ts';

/** A variable as it was found. */
export interface Variable {
  readonly value: string;
  readonly source: string;
  readonly place: { readonly file?: string; readonly line?: number; readonly key: string };
}

/** Looks a variable up by name. An empty one counts as absent. */
export type Lookup = (name: string) => Variable | undefined;

/** How one source of variables is read. */
export interface Lookups {
  /** The source itself. */
  readonly own: Lookup;
  /** The source and the weaker ones: where the host of a token may be named. */
  readonly visible: Lookup;
  /** All sources: where the parts that complete a token may be, such as its e-mail address. */
  readonly all: Lookup;
}

/** Looks variables up in the environment that the program was given. */
export function environmentLookup(
  environment: Readonly<Record<string, string | undefined>>,
): Lookup {
  return (name) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined || value === '') return undefined;
    return { value, source: `environment ${name}`, place: { key: name } };
  };
}

/** Looks variables up in one place, then in the next. */
export function firstOf(...lookups: readonly Lookup[]): Lookup {
  return (name) => {
    for (const lookup of lookups) {
      const found = lookup(name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Makes a value with the place of its variable. */
export function sourced<T>(variable: Variable, value: T): Sourced<T> {
  return { value, source: variable.source, place: variable.place };
}

/** Makes an issue at the place of a variable. */
export function invalid(variable: Variable, message: string): ConfigIssue {
  return { code: 'CONFIG_INVALID', message, ...variable.place };
}

/** The forges with variables of their own, with the host that these are for when no other is named. */
export const forgeVariables = [
  { prefix: 'BITBUCKET', usualHost: 'bitbucket.org', kind: 'bitbucket-cloud' },
  { prefix: 'GITHUB', usualHost: 'github.com', kind: 'github' },
  { prefix: 'GITLAB', usualHost: 'gitlab.com', kind: 'gitlab' },
  { prefix: 'GITEA', usualHost: 'gitea.com', kind: 'gitea' },
  // Runs on hosts of one's own alone.
  { prefix: 'BITBUCKET_DC', usualHost: undefined, kind: 'bitbucket-datacenter' },
] as const;
/** One of {@link forgeVariables}. */
export type ForgeVariables = (typeof forgeVariables)[number];

/** Returns the host that the token of a forge belongs to; `undefined` where none is named and the forge has no public one. */
export function forgeHost(forge: ForgeVariables, lookup: Lookup): string | undefined {
  // Bitbucket Cloud has one host; one of one's own is Bitbucket Data Center, with variables of its own.
  if (forge.prefix === 'BITBUCKET') return forge.usualHost;
  const named = lookup(`${forge.prefix}_HOST`)?.value.toLowerCase();
  return named !== undefined && patterns.host.test(named) ? named : forge.usualHost;
}

/** Returns the GitLab that runs the CI job that this program is part of; `undefined` outside of one. */
export function jobHost(lookup: Lookup): string | undefined {
  const name = lookup('CI_SERVER_HOST')?.value.toLowerCase();
  const port = lookup('CI_SERVER_PORT')?.value;
  const usual = port === undefined || port === '443' || port === '80';
  const host = usual ? name : `${name}:${port}`;
  return host !== undefined && patterns.host.test(host) ? host : undefined;
}

/**
 * Tells which host a variable of a forge is for, and which variable names that host.
 *
 * @returns `undefined` for a variable that is not bound to a host by its name; a `host` of `undefined` when none is named.
 */
export function boundHost(
  name: string,
  lookup: Lookup,
): { readonly host: string | undefined; readonly namedBy: string } | undefined {
  if (name === 'CI_JOB_TOKEN') return { host: jobHost(lookup), namedBy: 'CI_SERVER_HOST' };
  const forge = forgeVariables.find(
    ({ prefix }) => name === `${prefix}_TOKEN` || name === `${prefix}_APP_PRIVATE_KEY`,
  );
  return forge && { host: forgeHost(forge, lookup), namedBy: `${forge.prefix}_HOST` };
}

/**
 * Names the variable that holds the token of one host, and of no other: `GITOPS_TOKEN_` and the host in upper case, with
 * `.` as `_`, `-` as `__` and `:` as `___`. Two hosts never share one, since a host name has no `_` and no `-` beside a dot.
 *
 * @example
 * ```ts
 * import { tokenVariable } from '@bowline/gitops-config';
 *
 * console.log(tokenVariable('git.my-team.example:8443'));
 * //=> GITOPS_TOKEN_GIT_MY__TEAM_EXAMPLE___8443
 * ```
 */
export function tokenVariable(host: string): string {
  const name = host
    .toUpperCase()
    .replaceAll('-', '__')
    .replaceAll(/(?<!\]):/g, '___');
  return `GITOPS_TOKEN_${name.replaceAll(/[^A-Z0-9_]/g, '_')}`;
}
