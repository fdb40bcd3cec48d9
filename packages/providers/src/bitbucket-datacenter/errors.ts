import * as v from 'valibot';
import type { ExplainResponse, HttpResponse } from '../http/http-message.ts';
import {
  explainAs,
  type RefusalDialect,
  readRefusal as readRefusalAs,
  refusedAs,
} from '../http/refusal.ts';
import { errorSchema } from './schemas.ts';

const bitbucket: RefusalDialect = {
  forge: 'Bitbucket Data Center',
  hints: {
    401: 'Create an HTTP access token on the page of your account, or check the user name and password.',
    403: 'Use an HTTP access token of a user with the permission "Repository write": tokens of a project or repository have no user, so they can neither merge nor approve nor write files through the API.',
  },
  read(json) {
    const parsed = v.safeParse(errorSchema, json);
    if (!parsed.success) return undefined;
    const { errors } = parsed.output;
    const said = errors.flatMap(({ message, context }) =>
      message ? [context ? `${context}: ${message}` : message] : [],
    );
    const name = errors[0]?.exceptionName?.split('.').at(-1);
    return {
      message: said.slice(0, 10).join(' ') || (name ?? 'no reason'),
      ...(name === undefined ? {} : { key: name }),
    };
  },
};

const unauthenticated = explainAs(bitbucket);
const forbidden = explainAs({
  ...bitbucket,
  codes: { 401: 'PROVIDER_FORBIDDEN' },
  hints: {
    401: 'Give the account of the credential the permission that the message names, or use a token with "Repository write" (webhooks: "Repository admin").',
  },
});

const locked = explainAs({
  ...bitbucket,
  codes: { 401: 'PROVIDER_UNAUTHENTICATED', 403: 'PROVIDER_UNAUTHENTICATED' },
  hints: {
    401: 'Log in with the browser once: after several wrong passwords Bitbucket wants a CAPTCHA. HTTP access tokens are not asked for one.',
    403: 'Log in with the browser once: after several wrong passwords Bitbucket wants a CAPTCHA. HTTP access tokens are not asked for one.',
  },
});

/** Makes the error of an answer of Bitbucket Data Center, where 401 also stands for a permission that a known account lacks. */
export const explainResponse: ExplainResponse = (response, request) => {
  const denied = response.headers.get('x-authentication-denied-reason') ?? '';
  if (/captcha/i.test(denied)) return locked(response, request);
  const lacksPermission =
    response.status === 401 &&
    exceptionOf(response) === 'AuthorisationException' &&
    isKnown(response);
  return lacksPermission ? forbidden(response, request) : unauthenticated(response, request);
};

function isKnown({ headers }: HttpResponse): boolean {
  return (headers.get('x-ausername') ?? '') !== '';
}

/** Makes another error of a refusal, with what Bitbucket said. */
export const refused = refusedAs(bitbucket);

/** Reads the kind of an error, such as `NoSuchPathException`; `undefined` where the answer names none. */
export function exceptionOf(response: Pick<HttpResponse, 'body' | 'headers'>): string | undefined {
  return readRefusalAs(bitbucket, response)?.key;
}
