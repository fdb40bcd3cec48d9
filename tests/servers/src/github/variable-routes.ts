import sodium from 'libsodium-wrappers';
import { type Answer, jsonBody } from '../forge/exchange.ts';
import type { VariableSpace } from './actions-state.ts';
import { failure, type GitHubExchange, type GitHubRoute, page, route } from './exchange.ts';

const KEY_ID = '568250167242549743';
interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

let keys: KeyPair | undefined;

async function keyPair(): Promise<KeyPair> {
  await sodium.ready;
  keys ??= sodium.crypto_box_keypair();
  return keys;
}

/** Opens a sealed secret, as a runner gets it. */
export async function openSecret(sealed: string): Promise<string> {
  const { publicKey, privateKey } = await keyPair();
  const box = Buffer.from(sealed, 'base64');
  return Buffer.from(sodium.crypto_box_seal_open(box, publicKey, privateKey)).toString('utf8');
}

type SpaceHandler = (
  exchange: GitHubExchange,
  space: VariableSpace,
  name: string,
) => Answer | Promise<Answer>;

const times = { created_at: '2026-11-20T08:00:00Z', updated_at: '2026-11-20T08:00:00Z' };

const listVariables: SpaceHandler = (exchange, { variables }) => {
  if (Number(exchange.query.get('per_page') ?? 10) > 30)
    return failure(422, 'per_page is too large');
  const all = [...variables].map(([name, value]) => ({ name, value, ...times }));
  return page(exchange, all, (items) => ({ total_count: all.length, variables: items }));
};

const addVariable: SpaceHandler = (exchange, { variables }) => {
  const { name, value } = jsonBody(exchange);
  const key = String(name).toUpperCase();
  if (variables.has(key)) return failure(409, 'Already exists');
  variables.set(key, String(value));
  return { status: 201, json: {} };
};

const changeVariable: SpaceHandler = (exchange, { variables }, name) => {
  if (!variables.has(name)) return failure(404, 'Not Found');
  variables.set(name, String(jsonBody(exchange)['value']));
  return { status: 204 };
};

const removeVariable: SpaceHandler = (_, { variables }, name) =>
  variables.delete(name) ? { status: 204 } : failure(404, 'Not Found');

const listSecrets: SpaceHandler = (exchange, { secrets }) => {
  const all = [...secrets.keys()].map((name) => ({ name, ...times }));
  return page(exchange, all, (items) => ({ total_count: all.length, secrets: items }));
};

const publicKey: SpaceHandler = async () => {
  const key = Buffer.from((await keyPair()).publicKey).toString('base64');
  return { status: 200, json: { key_id: KEY_ID, key } };
};

const setSecret: SpaceHandler = (exchange, { secrets }, name) => {
  const { encrypted_value: sealed, key_id: keyId } = jsonBody(exchange);
  if (keyId !== KEY_ID) return failure(422, 'Bad request - invalid key id');
  const known = secrets.has(name);
  secrets.set(name, String(sealed));
  return known ? { status: 204 } : { status: 201, json: {} };
};

const removeSecret: SpaceHandler = (_, { secrets }, name) =>
  secrets.delete(name) ? { status: 204 } : failure(404, 'Not Found');

const inRepository = (handler: SpaceHandler) => async (exchange: GitHubExchange) =>
  handler(exchange, exchange.repository.actions.space, (exchange.parts[0] ?? '').toUpperCase());

const inEnvironment = (handler: SpaceHandler) => async (exchange: GitHubExchange) => {
  const [environment = '', name = ''] = exchange.parts;
  const space = exchange.repository.actions.environments.get(environment);
  return space === undefined
    ? failure(404, 'Not Found')
    : handler(exchange, space, name.toUpperCase());
};

function spaceRoutes(
  place: string,
  within: (handler: SpaceHandler) => (exchange: GitHubExchange) => Promise<Answer>,
): readonly GitHubRoute[] {
  return [
    route('GET', `${place}/variables`, within(listVariables)),
    route('POST', `${place}/variables`, within(addVariable)),
    route('PATCH', `${place}/variables/{name}`, within(changeVariable)),
    route('DELETE', `${place}/variables/{name}`, within(removeVariable)),
    route('GET', `${place}/secrets/public-key`, within(publicKey)),
    route('GET', `${place}/secrets`, within(listSecrets)),
    route('PUT', `${place}/secrets/{secret_name}`, within(setSecret)),
    route('DELETE', `${place}/secrets/{secret_name}`, within(removeSecret)),
  ];
}

/** Variables and secrets of a repository and of its environments. */
export const variableRoutes: readonly GitHubRoute[] = [
  ...spaceRoutes('/actions', inRepository),
  ...spaceRoutes('/environments/{environment_name}', inEnvironment),
];
