import { Secret } from '@bowline/gitops-errors';
import type { CiVariable, CiVariableScope, CiVariables } from '../ci-types.ts';
import { send } from '../http/json-api.ts';
import { invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { variableSchema } from './ci-schemas.ts';

type Scope = RequestOptions & CiVariableScope;

// GitLab docs, "CI/CD variables": limits, and "Mask a CI/CD variable".
const MAX_VALUE = 10_000;
const MIN_MASKED = 8;

/** Variables of the pipelines of one project, and of its environments. */
export function variables(api: RepositoryApi): CiVariables {
  return {
    list: (options) => listVariables(api, options),
    set: (name, value, options) => setVariable(api, { name, value }, options),
    delete: (name, options) => deleteVariable(api, name, options),
  };
}

/** Checks the name of a variable. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkVariableName(name: string): string {
  if (!/^[A-Za-z0-9_]{1,255}$/.test(name)) {
    throw invalid(`"${printable(name)}" is not a variable of GitLab: letters, digits and "_".`);
  }
  return name;
}

/** GitLab writes the whole project as an asterisk. */
function scopeOf({ environment = '*' }: CiVariableScope): string {
  if (environment === '' || environment.length > 255 || /\p{Cc}/u.test(environment)) {
    throw invalid(`"${printable(environment)}" is not the name of an environment.`);
  }
  return environment;
}

async function* listVariables(
  api: RepositoryApi,
  options: Scope = {},
): AsyncGenerator<CiVariable, void, undefined> {
  const scope = scopeOf(options);
  const answers = sendForList(api, variableSchema, {
    path: '/variables',
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the variables of "${api.fullName}"`,
    signal: options.signal,
  });
  for await (const { key, value, masked, hidden, environment_scope } of answers) {
    if ((environment_scope ?? '*') !== scope) continue;
    const secret = masked === true || hidden === true;
    yield { name: key, value: secret ? undefined : (value ?? ''), secret };
  }
}

async function setVariable(
  api: RepositoryApi,
  { name, value }: { readonly name: string; readonly value: string | Secret },
  options: Scope = {},
): Promise<void> {
  checkVariableName(name);
  const scope = scopeOf(options);
  const secret = value instanceof Secret;
  const text = valueText(name, value);
  const common = {
    doing: `set variable "${name}" of "${api.fullName}"`,
    signal: options.signal,
  };
  // 400 says that somebody made it in the meantime, or that a lost answer did.
  for (const last of [false, true]) {
    const changed = await send(api, {
      ...common,
      method: 'PUT',
      path: `/variables/${name}`,
      // `raw`: a "$" in it is no reference to another variable.
      json: { value: text, masked: secret, raw: true, filter: { environment_scope: scope } },
      expect: [200, 404],
    });
    if (changed.status === 200) return;
    const made = await send(api, {
      ...common,
      method: 'POST',
      path: '/variables',
      json: {
        key: name,
        value: text,
        raw: true,
        environment_scope: scope,
        masked: secret,
        // Hidden on the page of the project as well, which can be asked for at the beginning only; unknown before 17.4.
        ...(secret ? { masked_and_hidden: true } : {}),
      },
      expect: last ? [201] : [201, 400],
      // A second one of the same name and scope is refused, so sending it twice makes one.
      idempotent: true,
    });
    if (made.status === 201) return;
  }
}

/** Checks a value before GitLab refuses it with less to say. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
function valueText(name: string, value: string | Secret): string {
  const text = value instanceof Secret ? value.reveal() : value;
  if (text.length > MAX_VALUE) {
    throw invalid(`The value of variable "${name}" is longer than ${MAX_VALUE} characters.`);
  }
  if (value instanceof Secret && (text.length < MIN_MASKED || /\s/.test(text))) {
    throw invalid(
      `Secret "${name}" has fewer than ${MIN_MASKED} characters, or blanks or line breaks: GitLab cannot hide it in logs.`,
    );
  }
  return text;
}

async function deleteVariable(
  api: RepositoryApi,
  name: string,
  options: Scope = {},
): Promise<boolean> {
  const response = await send(api, {
    method: 'DELETE',
    path: `/variables/${checkVariableName(name)}`,
    query: [['filter[environment_scope]', scopeOf(options)]],
    expect: [204, 404],
    doing: `delete variable "${name}" of "${api.fullName}"`,
    signal: options.signal,
  });
  // Gone after a second attempt is gone by the first one.
  return response.status === 204 || response.attempts > 1;
}
