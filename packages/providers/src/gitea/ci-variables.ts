import { Secret } from '@bowline/gitops-errors';
import type { CiVariable, CiVariableScope, CiVariables } from '../ci-types.ts';
import { send } from '../http/json-api.ts';
import { invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { secretSchema, variableSchema } from './schemas.ts';

type Scope = RequestOptions & CiVariableScope;

/** Variables and secrets of Actions of one repository. The server writes their names in capitals. */
export function variables(api: RepositoryApi): CiVariables {
  return {
    list: (options) => listVariables(api, options),
    set: (name, value, options) => setVariable(api, { name, value }, options),
    delete: (name, options) => deleteVariable(api, name, options),
  };
}

async function* listVariables(
  api: RepositoryApi,
  options: Scope = {},
): AsyncGenerator<CiVariable, void, undefined> {
  const { signal } = checkScope(options);
  const request = (kind: string) => ({
    path: `/actions/${kind}`,
    expect: [200],
    doing: `list the ${kind} of "${api.fullName}"`,
    signal,
  });
  for await (const { name, data } of sendForList(api, variableSchema, request('variables'))) {
    yield { name, value: data ?? '', secret: false };
  }
  for await (const { name } of sendForList(api, secretSchema, request('secrets'))) {
    yield { name, value: undefined, secret: true };
  }
}

async function setVariable(
  api: RepositoryApi,
  { name, value }: { readonly name: string; readonly value: string | Secret },
  options: Scope = {},
): Promise<void> {
  const { signal } = checkScope(options);
  checkName(name);
  if (value instanceof Secret) {
    await send(api, {
      method: 'PUT',
      path: `/actions/secrets/${name}`,
      // In the clear inside of TLS: there is no key to seal it with.
      json: { data: value.reveal() },
      expect: [201, 204],
      doing: `set secret "${name}" of "${api.fullName}"`,
      signal,
    });
    await remove(api, { kind: 'variables', name }, { signal });
    return;
  }
  await putVariable(api, { name, value }, { signal });
  await remove(api, { kind: 'secrets', name }, { signal });
}

async function putVariable(
  api: RepositoryApi,
  { name, value }: { readonly name: string; readonly value: string },
  { signal }: RequestOptions,
): Promise<void> {
  const common = {
    path: `/actions/variables/${name}`,
    json: { value },
    doing: `set variable "${name}" of "${api.fullName}"`,
    signal,
  };
  // 409 says that somebody made it in the meantime, or that a lost answer did.
  for (const last of [false, true]) {
    const expect = last ? [200, 201, 204] : [200, 201, 204, 404];
    const updated = await send(api, { ...common, method: 'PUT', expect });
    if (updated.status !== 404) return;
    const made = await send(api, {
      ...common,
      method: 'POST',
      // A second one of the same name is refused, so sending it twice makes one.
      idempotent: true,
      expect: [201, 204, 409],
    });
    if (made.status !== 409) return;
  }
}

async function deleteVariable(
  api: RepositoryApi,
  name: string,
  options: Scope = {},
): Promise<boolean> {
  const { signal } = checkScope(options);
  checkName(name);
  const variable = await remove(api, { kind: 'variables', name }, { signal });
  const secret = await remove(api, { kind: 'secrets', name }, { signal });
  return variable || secret;
}

async function remove(
  api: RepositoryApi,
  { kind, name }: { readonly kind: 'variables' | 'secrets'; readonly name: string },
  { signal }: RequestOptions,
): Promise<boolean> {
  const response = await send(api, {
    method: 'DELETE',
    path: `/actions/${kind}/${name}`,
    // The document has three answers for a variable that was deleted.
    expect: [200, 201, 204, 404],
    doing: `delete "${name}" from the ${kind} of "${api.fullName}"`,
    signal,
  });
  // Gone after a second attempt is gone by the first one.
  return response.status !== 404 || response.attempts > 1;
}

function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name)) {
    throw invalid(
      `"${printable(name)}" is not a variable of Actions: letters, digits and "_", and no digit first.`,
    );
  }
}

function checkScope(options: Scope): Scope {
  if (options.environment === undefined) return options;
  throw invalid('Gitea has no deployment environments, so a variable is one of the repository.');
}
