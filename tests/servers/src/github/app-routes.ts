import { type Answer, type Exchange, jsonBody, type RouteEntry } from '../forge/exchange.ts';
import type { AppState } from './app-state.ts';
import { completed } from './complete.ts';
import { failure } from './exchange.ts';

/** The calls that a GitHub App makes in its own name. */
export function appRoutes(app: AppState): readonly RouteEntry<undefined>[] {
  return [
    [
      'GET',
      /^\/app\/installations\/(\d+)$/,
      async (exchange) => asApp(app, exchange, readInstallation),
    ],
    [
      'POST',
      /^\/app\/installations\/(\d+)\/access_tokens$/,
      async (exchange) => asApp(app, exchange, createToken),
    ],
    [
      'GET',
      /^\/repos\/([^/]+)\/([^/]+)\/installation$/,
      async (exchange) => asApp(app, exchange, findInstallation),
    ],
  ];
}

type AppHandler = (app: AppState, exchange: Exchange<undefined>) => Answer;

function asApp(app: AppState, exchange: Exchange<undefined>, handler: AppHandler): Answer {
  const refusal = app.refuse(exchange.headers.authorization ?? '');
  // Real answers carry the time of GitHub, which is how a client finds out about its own clock.
  const headers = { date: new Date(app.now()).toUTCString() };
  if (refusal !== undefined) return { ...failure(401, refusal), headers };
  return { ...handler(app, exchange), headers };
}

const installationJson = (app: AppState) => ({
  id: app.installationId,
  account: { login: app.owner },
  permissions: app.permissions,
  events: [],
  app_id: 1,
  app_slug: 'simulated',
  target_type: 'Organization',
  suspended_at: null,
});

const readInstallation: AppHandler = (app, { parts }) =>
  Number(parts[0]) === app.installationId
    ? completed('GET /app/installations/{installation_id}', {
        status: 200,
        json: installationJson(app),
      })
    : failure(404, 'Not Found');

const findInstallation: AppHandler = (app, { parts: [owner = '', name = ''] }) =>
  owner === app.owner && app.repositories.has(name)
    ? completed('GET /repos/{owner}/{repo}/installation', {
        status: 200,
        json: installationJson(app),
      })
    : failure(404, 'Not Found');

const createToken: AppHandler = (app, exchange) => {
  if (Number(exchange.parts[0]) !== app.installationId) return failure(404, 'Not Found');
  const body = jsonBody(exchange);
  const names = (body['repositories'] ?? [...app.repositories]) as string[];
  const permissions = (body['permissions'] ?? app.permissions) as Record<string, string>;
  if (names.some((name) => !app.repositories.has(name))) {
    return failure(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const granted = (name: string) => app.permissions[name];
  const excess = Object.entries(permissions).some(
    ([name, level]) =>
      granted(name) === undefined || (level === 'write' && granted(name) !== 'write'),
  );
  if (excess)
    return failure(422, 'The permissions requested are not granted to this installation.');
  const token = app.issue(names, permissions);
  const expires = app.tokens.get(token)?.expiresAt ?? 0;
  return completed('POST /app/installations/{installation_id}/access_tokens', {
    status: 201,
    json: { token, expires_at: new Date(expires).toISOString().replace('.000Z', 'Z'), permissions },
  });
};
