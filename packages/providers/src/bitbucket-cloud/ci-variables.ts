import { Secret } from '@bowline/gitops-errors';
import type * as v from 'valibot';
import type { CiVariable, CiVariableScope, CiVariables } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import { invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForNumberedPages } from './api.ts';
import { environmentSchema, variableSchema } from './ci-schemas.ts';

const MAX_VALUE = 32 * 1024;

type Scope = RequestOptions & CiVariableScope;
type VariableAnswer = v.InferOutput<typeof variableSchema>;

/** Variables of the pipelines of one repository, and of its deployment environments. */
export function variables(api: RepositoryApi): CiVariables {
  return {
    list: (options) => listVariables(api, options),
    set: (name, value, options) => setVariable(api, { name, value }, options),
    delete: (name, options) => deleteVariable(api, name, options),
  };
}

/** Checks the name of a variable. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkVariableName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name)) {
    throw invalid(
      `"${printable(name)}" is not a variable of Bitbucket Pipelines: letters, digits and "_", and no digit first.`,
    );
  }
  return name;
}

/** Writes a value as Bitbucket takes one; a `Secret` is secured. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function variableText(value: string | Secret): {
  readonly value: string;
  readonly secured: boolean;
} {
  const secured = value instanceof Secret;
  const text = secured ? value.reveal() : value;
  if (Buffer.byteLength(text) > MAX_VALUE) {
    throw invalid(`The value of a variable is longer than ${MAX_VALUE} bytes.`);
  }
  return { value: text, secured };
}

async function* listVariables(
  api: RepositoryApi,
  options: Scope = {},
): AsyncGenerator<CiVariable, void, undefined> {
  for await (const { key, value, secured } of answers(api, await placeOf(api, options), options)) {
    const secret = secured === true;
    yield { name: key, value: secret ? undefined : (value ?? ''), secret };
  }
}

async function setVariable(
  api: RepositoryApi,
  { name, value }: { readonly name: string; readonly value: string | Secret },
  options: Scope = {},
): Promise<void> {
  const json = { key: checkVariableName(name), ...variableText(value) };
  const path = await placeOf(api, options);
  const { signal } = options;
  const doing = `set variable "${name}" of "${api.fullName}"`;
  // 409 says that somebody made it in the meantime, or that a lost answer did.
  for (const last of [false, true]) {
    const former = await find(api, { path, name }, options);
    if (former !== undefined) {
      const response = await send(api, {
        method: 'PUT',
        path: `${path}/${encodeURIComponent(former.uuid)}`,
        json: { type: 'pipeline_variable', uuid: former.uuid, ...json },
        expect: last ? [200] : [200, 404],
        doing,
        signal,
      });
      if (response.status === 200) return;
      continue;
    }
    const response = await send(api, {
      method: 'POST',
      path,
      json: { type: 'pipeline_variable', ...json },
      expect: last ? [201] : [201, 409],
      doing,
      // A second one of the same name is refused, so sending it twice makes one.
      idempotent: true,
      signal,
    });
    if (response.status === 201) return;
  }
}

async function deleteVariable(
  api: RepositoryApi,
  name: string,
  options: Scope = {},
): Promise<boolean> {
  checkVariableName(name);
  const path = await placeOf(api, options);
  const former = await find(api, { path, name }, options);
  if (former === undefined) return false;
  const response = await send(api, {
    method: 'DELETE',
    path: `${path}/${encodeURIComponent(former.uuid)}`,
    expect: [204, 404],
    doing: `delete variable "${name}" of "${api.fullName}"`,
    signal: options.signal,
  });
  // Gone after a second attempt is gone by the first one.
  return response.status === 204 || response.attempts > 1;
}

async function find(
  api: RepositoryApi,
  { path, name }: { readonly path: string; readonly name: string },
  options: RequestOptions,
): Promise<VariableAnswer | undefined> {
  for await (const answer of answers(api, path, options)) if (answer.key === name) return answer;
  return undefined;
}

function answers(api: RepositoryApi, path: string, { signal }: RequestOptions) {
  return sendForNumberedPages(api, variableSchema, {
    path,
    query: [['pagelen', '100']],
    expect: [200],
    doing: `list the variables of "${api.fullName}"`,
    signal,
  });
}

async function placeOf(api: RepositoryApi, { environment, signal }: Scope): Promise<string> {
  if (environment === undefined) return '/pipelines_config/variables';
  const pages = sendForNumberedPages(api, environmentSchema, {
    path: '/environments',
    query: [['pagelen', '100']],
    expect: [200],
    doing: `list the environments of "${api.fullName}"`,
    signal,
  });
  for await (const { uuid, name } of pages) {
    if (name === environment) {
      return `/deployments_config/environments/${encodeURIComponent(uuid)}/variables`;
    }
  }
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `"${api.fullName}" has no deployment environment "${printable(environment)}".`,
  );
}
