import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import { ServerError } from '../errors.ts';

/** What a token allows; each allows what stands before it. */
export type Scope = 'read' | 'write' | 'admin';

/** A token as the server knows it: what it is called and allows, and a hash by which it is recognised. */
export interface TokenRecord {
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the token in hex. The token is 256 random bits, so that a slow hash would protect nothing more. */
  readonly sha256: string;
  /** ISO 8601; the token is refused from then on. */
  readonly expires?: string | undefined;
}

const scopes: readonly Scope[] = ['read', 'write', 'admin'];
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const MAX_TOKENS = 1_000;

const recordSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(namePattern, 'must be 1 to 64 of A-Z a-z 0-9 . _ @ -')),
  scope: v.picklist(scopes, 'must be read, write or admin'),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 digits of hex')),
  expires: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => !Number.isNaN(Date.parse(text)), 'must be a date and time, ISO 8601'),
    ),
  ),
});

const fileSchema = v.strictObject({
  tokens: v.pipe(v.array(recordSchema), v.maxLength(MAX_TOKENS, 'must be at most 1000')),
});

/** Tells whether a scope allows what another one is asked for. */
export function allows(scope: Scope, wanted: Scope): boolean {
  return scopes.indexOf(scope) >= scopes.indexOf(wanted);
}

/**
 * Makes a new token and the record by which the server recognises it.
 *
 * @throws ServerError `SERVER_TOKENS_INVALID` when the name or the date cannot be used.
 */
export function createToken(
  token: { readonly name: string; readonly scope: Scope; readonly expires?: string | undefined },
  random: (bytes: number) => Uint8Array = randomBytes,
): { readonly token: Secret; readonly record: TokenRecord } {
  const text = `bowline_${Buffer.from(random(32)).toString('base64url')}`;
  const { name, scope, expires } = token;
  const record = {
    name,
    scope,
    sha256: digest(text),
    ...(expires === undefined ? {} : { expires }),
  };
  const parsed = v.safeParse(recordSchema, record);
  if (!parsed.success) throw invalid('The new token', parsed.issues);
  return { token: new Secret(text), record };
}

/**
 * Reads the records of a file: `{ "tokens": [{ "name", "scope", "sha256", "expires"? }] }`.
 *
 * @param place What the text is, for messages: a path or a variable.
 * @throws ServerError `SERVER_TOKENS_INVALID` with all issues. No value is ever quoted: it may be a token in the wrong place.
 */
export function parseTokenFile(text: string, place: string): readonly TokenRecord[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The message of the parser quotes the text.
    throw new ServerError('SERVER_TOKENS_INVALID', `${place} is not JSON.`);
  }
  const parsed = v.safeParse(fileSchema, json);
  if (!parsed.success) throw invalid(place, parsed.issues);
  return unique(parsed.output.tokens, place);
}

/**
 * Reads the records of a variable: `name:scope:sha256`, separated by blanks or commas.
 *
 * @throws ServerError `SERVER_TOKENS_INVALID`
 */
export function parseTokenList(text: string, place: string): readonly TokenRecord[] {
  const records = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name, scope, sha256, ...more] = entry.split(':');
      return more.length > 0 ? {} : { name, scope, sha256 };
    });
  const parsed = v.safeParse(fileSchema, { tokens: records });
  if (!parsed.success) throw invalid(place, parsed.issues);
  return unique(parsed.output.tokens, place);
}

/** Writes records as {@link parseTokenFile} reads them. */
export function formatTokenFile(records: readonly TokenRecord[]): string {
  return `${JSON.stringify({ tokens: records }, undefined, 2)}\n`;
}

/** Refuses two records of one name: the log could not tell them apart. */
export function unique(records: readonly TokenRecord[], place: string): readonly TokenRecord[] {
  const seen = new Set<string>();
  for (const { name } of records) {
    if (seen.has(name)) {
      throw new ServerError('SERVER_TOKENS_INVALID', `${place} has two tokens named "${name}".`);
    }
    seen.add(name);
  }
  return records;
}

/** Who asks: the name of a token, and what it allows. */
export interface Caller {
  readonly name: string;
  readonly scope: Scope;
}

/** Finds out whose token a request carries; `undefined` when it is nobody's, or has expired. */
export type Identify = (token: string, now: number) => Caller | undefined;

/** Makes the function that recognises tokens. */
export function tokenReader(records: readonly TokenRecord[]): Identify {
  const known = records.map(({ sha256, expires, name, scope }) => ({
    hash: Buffer.from(sha256, 'hex'),
    until: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
    caller: { name, scope },
  }));
  return (token, now) => {
    const hash = createHash('sha256').update(token).digest();
    let found: Caller | undefined;
    // Every record is compared, so that the time does not tell which of them was near.
    for (const { hash: other, until, caller } of known) {
      if (timingSafeEqual(hash, other) && now < until) found = caller;
    }
    return found;
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

// A key that is not known may itself be a token in the wrong place.
function placeOf(issue: v.BaseIssue<unknown>): string {
  const parts = (v.getDotPath(issue) ?? 'tokens').split('.');
  return parts
    .map((part) => (/^(?:tokens|name|scope|sha256|expires|\d+)$/.test(part) ? part : '(unknown)'))
    .join('.');
}

type Issues = readonly v.BaseIssue<unknown>[];

function invalid(place: string, issues: Issues): ServerError {
  const listed = issues.slice(0, 20).map((issue) => ({
    path: placeOf(issue),
    message: issue.kind === 'validation' ? issue.message : `must be ${issue.expected ?? 'known'}`,
  }));
  const [first] = listed;
  return new ServerError(
    'SERVER_TOKENS_INVALID',
    `${place} has ${listed.length === 1 ? 'an issue' : `${listed.length} issues`}: ${first?.path} ${first?.message}.`,
    { details: { issues: listed } },
  );
}
