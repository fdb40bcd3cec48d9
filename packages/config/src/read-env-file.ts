import { join } from 'node:path';
import { createEnvFile } from './create-env-file.ts';
import { type EnvFile, parseEnvFile } from './env-file.ts';
import { ConfigError } from './errors.ts';
import type { ConfigIssue, Findings } from './issue.ts';
import { nearest } from './nearest.ts';
import { openToOthers, readTextFile } from './read-text-file.ts';
import { knownVariables } from './variable-table.ts';
import type { Variable } from './variables.ts';

/**
 * Reads `~/.gitops/.env`, or the file of the former tool where that is absent, and creates our own where it is asked for and there is neither.
 */
export async function readEnvFile(
  homeDirectory: string,
  create: boolean,
  findings: Findings,
): Promise<(EnvFile & { readonly path: string }) | undefined> {
  const own = join(homeDirectory, '.gitops', '.env');
  // The file of the tool that this one replaces.
  const former = join(homeDirectory, '.ngen-gitops', '.env');
  const file = (await readTextFile(own)) ?? (await readTextFile(former));
  if (file === undefined) {
    if (create) await createOrWarn(own, findings);
    return undefined;
  }
  const open = openToOthers(file);
  if (open !== undefined) findings.warnings.push(open);
  const parsed = parseEnvFile(file.text, file.path);
  findings.issues.push(...parsed.issues);
  findings.warnings.push(...misspelled(parsed.variables.values()));
  return { ...parsed, path: file.path };
}

/** In a container the home folder is often not to be written; nothing depends on the file. */
async function createOrWarn(path: string, findings: Findings): Promise<void> {
  try {
    await createEnvFile(path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.warnings.push({ code: error.code, message: error.message });
  }
}

const ownPrefix =
  /^(?:BITBUCKET|GITHUB|GITLAB|GITEA|GIT|K8S_PR|TEAMS|SLACK|DISCORD|GOOGLE_CHAT|CDEVENTS|SMTP|SERVER|DEFAULT|GITOPS_(?:AUTHOR|MAIL))_/;

/** Warns of names that are nearly those of known variables. Others are free: gitops.yaml may refer to them. */
function misspelled(variables: Iterable<Variable>): readonly ConfigIssue[] {
  const known = [...knownVariables.map(({ name }) => name), 'BITBUCKET_APP_PASSWORD'];
  return [...variables].flatMap((variable) => {
    const name = variable.place.key;
    const meant = known.includes(name) || !ownPrefix.test(name) ? undefined : nearest(name, known);
    if (meant === undefined) return [];
    const message = `is not known; did you mean "${meant}"?`;
    return [{ ...variable.place, code: 'CONFIG_UNKNOWN_KEY', message } as const];
  });
}
