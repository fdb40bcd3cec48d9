import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';
import type { VariableState } from './pipeline-state.ts';

function variableJson(variable: VariableState): object {
  return {
    variable_type: 'env_var',
    key: variable.key,
    // What is hidden does not come back.
    value: variable.hidden ? null : variable.value,
    hidden: variable.hidden,
    protected: false,
    masked: variable.masked,
    raw: variable.raw,
    environment_scope: variable.environmentScope,
    description: null,
  };
}

/** A value that logs can be kept free of ("Mask a CI/CD variable"). */
function maskable(value: string): boolean {
  return value.length >= 8 && !/\s/.test(value);
}

const invalid = (field: string) => failure(400, { [field]: ['is invalid'] });

/** Finds the variable of the path; several of one key need the scope to tell them apart. */
function find({ repository, parts }: GitlabExchange, scope: string): VariableState | Answer {
  const found = repository.pipelines.variables.filter(
    ({ key, environmentScope }) => key === parts[0] && (scope === '' || environmentScope === scope),
  );
  if (found.length > 1)
    return failure(409, 'There are multiple variables with provided parameters.');
  return found[0] ?? notFound('Variable');
}

async function create(exchange: GitlabExchange): Promise<Answer> {
  const { variables, hides } = exchange.repository.pipelines;
  const body = jsonBody(exchange);
  const hidden = hides && body['masked_and_hidden'] === true;
  const made: VariableState = {
    key: text(body['key']),
    value: text(body['value']),
    masked: hidden || body['masked'] === true,
    hidden,
    raw: body['raw'] === true,
    environmentScope: text(body['environment_scope']) || '*',
  };
  if (!/^[A-Za-z0-9_]{1,255}$/.test(made.key)) return invalid('key');
  if (made.masked && !maskable(made.value)) return invalid('value');
  const { key, environmentScope } = made;
  if (variables.some((other) => other.key === key && other.environmentScope === environmentScope)) {
    return failure(400, { key: [`(${key}) has already been taken`] });
  }
  variables.push(made);
  return { status: 201, json: variableJson(made) };
}

async function update(exchange: GitlabExchange): Promise<Answer> {
  const body = jsonBody(exchange);
  const found = find(exchange, text(member(body['filter'], 'environment_scope')));
  if ('status' in found) return found;
  const masked = typeof body['masked'] === 'boolean' ? body['masked'] : found.masked;
  const value = typeof body['value'] === 'string' ? body['value'] : found.value;
  if (found.hidden && !masked)
    return failure(400, { masked: ['cannot be changed on a hidden variable'] });
  if (masked && !maskable(value)) return invalid('value');
  Object.assign(found, { masked, value, raw: body['raw'] === true });
  return { status: 200, json: variableJson(found) };
}

async function remove(exchange: GitlabExchange): Promise<Answer> {
  const found = find(exchange, exchange.query.get('filter[environment_scope]') ?? '');
  if ('status' in found) return found;
  const { variables } = exchange.repository.pipelines;
  variables.splice(variables.indexOf(found), 1);
  return { status: 204 };
}

/** Variables of the project, by environment. */
export const variableRoutes: readonly GitlabRoute[] = [
  [
    'GET',
    /^\/variables$/,
    async (exchange) => page(exchange, exchange.repository.pipelines.variables.map(variableJson)),
  ],
  ['POST', /^\/variables$/, create],
  ['PUT', /^\/variables\/([^/]+)$/, update],
  ['DELETE', /^\/variables\/([^/]+)$/, remove],
];
