import { Secret } from '@bowline/gitops-errors';
import type { CiVariable, CiVariableScope, CiVariables } from '../ci-types.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { nextLink, sendForPages } from '../http/pages.ts';
import { invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { publicKeySchema, secretsSchema, variablesSchema } from './ci-schemas.ts';
import { sealedBox } from './sealed-box.ts';

const MAX_VALUE = 48 * 1024;

type Scope = RequestOptions & CiVariableScope;

/** Variables and secrets of GitHub Actions, of the repository or of one of its environments. One name is either, never both. */
export function variables(api: RepositoryApi): CiVariables {
  return {
    list: (options) => listVariables(api, options),
    set: async (name, value, options = {}) => {
      const place = placeOf(api, name, options);
      if (value instanceof Secret) await setSecret(api, { ...place, value }, options);
      else await setVariable(api, { ...place, value }, options);
    },
    delete: async (name, options = {}) => {
      const place = placeOf(api, name, options);
      const variable = await remove(api, { ...place, kind: 'variables' }, options);
      return (await remove(api, { ...place, kind: 'secrets' }, options)) || variable;
    },
  };
}

interface Place {
  readonly name: string;
  /** What `variables` and `secrets` stand behind. */
  readonly path: string;
  readonly where: string;
}

function placeOf(api: RepositoryApi, name: string, scope: Scope): Place {
  // Names are kept in capitals, so two that differ in nothing else are one.
  if (!/^(?!github_)[a-z_]\w{0,254}$/i.test(name)) {
    throw invalid(
      `"${printable(name)}" is not a variable of GitHub Actions: letters, digits and "_", no digit first, and not "GITHUB_".`,
    );
  }
  return { name, ...scopeOf(api, scope) };
}

function scopeOf(api: RepositoryApi, { environment }: Scope): Omit<Place, 'name'> {
  if (environment === undefined) return { path: '/actions', where: `"${api.fullName}"` };
  if (environment === '' || /^\.{1,2}$|\p{Cc}/u.test(environment)) {
    throw invalid(`"${printable(environment)}" is not an environment.`);
  }
  return {
    path: `/environments/${encodeURIComponent(environment)}`,
    where: `environment "${environment}" of "${api.fullName}"`,
  };
}

async function* listVariables(
  api: RepositoryApi,
  options: Scope = {},
): AsyncGenerator<CiVariable, void, undefined> {
  const { path, where } = scopeOf(api, options);
  const request = {
    expect: [200],
    doing: `list the variables of ${where}`,
    signal: options.signal,
  };
  const plain = sendForPages(
    api,
    {
      page: variablesSchema,
      read: (page, response) => ({ items: page.variables, next: nextLink(response) }),
    },
    // No more than 30 at once, other than everywhere else.
    { ...request, path: `${path}/variables`, query: [['per_page', '30']] },
  );
  for await (const { name, value } of plain) yield { name, value, secret: false };
  const hidden = sendForPages(
    api,
    {
      page: secretsSchema,
      read: (page, response) => ({ items: page.secrets, next: nextLink(response) }),
    },
    { ...request, path: `${path}/secrets`, query: [['per_page', '100']] },
  );
  for await (const { name } of hidden) yield { name, value: undefined, secret: true };
}

async function setVariable(
  api: RepositoryApi,
  { path, name, where, value }: Place & { readonly value: string },
  options: RequestOptions,
): Promise<void> {
  checkSize(value);
  const request = {
    json: { name, value },
    doing: `set variable "${name}" of ${where}`,
    // It says what is to be, and a second one of the same name is refused.
    idempotent: true,
    signal: options.signal,
  };
  const patch = { ...request, method: 'PATCH', path: `${path}/variables/${name}` } as const;
  const changed = await send(api, { ...patch, expect: [204, 404] });
  if (changed.status === 404) {
    const post = { ...request, method: 'POST', path: `${path}/variables` } as const;
    // 409: somebody made it in the meantime, or the first of two attempts did.
    const made = await send(api, { ...post, expect: [201, 409] });
    if (made.status === 409) await send(api, { ...patch, expect: [204] });
  }
  await remove(api, { path, name, where, kind: 'secrets' }, options);
}

async function setSecret(
  api: RepositoryApi,
  { path, name, where, value }: Place & { readonly value: Secret },
  options: RequestOptions,
): Promise<void> {
  checkSize(value.reveal());
  const { signal } = options;
  const doing = `set secret "${name}" of ${where}`;
  const { key, key_id } = await sendForJson(api, publicKeySchema, {
    path: `${path}/secrets/public-key`,
    expect: [200],
    doing,
    signal,
  });
  await send(api, {
    method: 'PUT',
    path: `${path}/secrets/${name}`,
    json: { encrypted_value: await sealedBox(value, key), key_id },
    expect: [201, 204],
    doing,
    signal,
  });
  await remove(api, { path, name, where, kind: 'variables' }, options);
}

function checkSize(value: string): void {
  if (Buffer.byteLength(value) > MAX_VALUE) {
    throw invalid(`The value of a variable is longer than ${MAX_VALUE} bytes.`);
  }
}

async function remove(
  api: RepositoryApi,
  { path, name, where, kind }: Place & { readonly kind: 'variables' | 'secrets' },
  { signal }: RequestOptions,
): Promise<boolean> {
  const response = await send(api, {
    method: 'DELETE',
    path: `${path}/${kind}/${name}`,
    expect: [204, 404],
    doing: `delete "${name}" of the ${kind} of ${where}`,
    signal,
  });
  // Gone after a second attempt is gone by the first one.
  return response.status === 204 || response.attempts > 1;
}
