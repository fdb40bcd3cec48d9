import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { toError } from '@bowline/gitops-errors';
import { guardedLookup, type HostLookup } from './address-guard.ts';

/** One POST as a channel asks for it. */
export interface HttpPost {
  /** May hold a credential: a transport must not log it or put it into an error. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of `Retry-After`, as it came. */
  readonly retryAfter: string | undefined;
  /** The body, at most the first 64 KiB of it. */
  readonly text: string;
}

/**
 * Sends one POST. Follows no redirect, and rejects with `signal.reason` when the signal aborts.
 *
 * Another transport, for instance one that goes through a proxy, is responsible for where it connects to.
 */
export type HttpTransport = (
  post: HttpPost,
  options: { readonly signal: AbortSignal },
) => Promise<HttpAnswer>;

/** What the transport of this package allows. */
export interface TransportOptions {
  /** @default false */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** @default the resolver of the system */
  readonly lookup?: HostLookup | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;
// The status decides; the body only helps a reader, so a slow one is not waited for.
const BODY_GRACE_MS = 1_000;

/** Makes the transport of this package: `node:https` on connections of its own, to checked addresses only. */
export function httpTransport(options: TransportOptions = {}): HttpTransport {
  return async (post, { signal }) => {
    signal.throwIfAborted();
    const plain = post.url.protocol === 'http:';
    const lookup = guardedLookup(
      { allowPrivate: options.allowPrivateAddresses === true, onlyLoopback: plain },
      options.lookup,
    );
    const hostname = post.url.hostname.replace(/^\[(.*)\]$/, '$1');
    // `net.connect` looks up no IP address, so one in the URL is checked here.
    if (isIP(hostname) !== 0) await lookup(hostname);
    const send = plain ? httpRequest : httpsRequest;
    const body = Buffer.from(post.body, 'utf8');
    const call = send(post.url, {
      method: 'POST',
      // No pool: an idle connection would keep a command from ending, and a reused one would skip the lookup.
      agent: false,
      lookup: asNodeLookup(lookup),
      headers: { ...post.headers, 'content-length': String(body.length) },
      signal,
      // Also where NODE_TLS_REJECT_UNAUTHORIZED switches checking off: what is sent here is a credential.
      ...(plain ? {} : { rejectUnauthorized: true }),
    });
    try {
      const answer = await answerTo(call, body);
      return {
        status: answer.statusCode ?? 0,
        retryAfter: answer.headers['retry-after'],
        text: await readText(answer),
      };
    } catch (thrown) {
      signal.throwIfAborted();
      throw toError(thrown);
    } finally {
      call.destroy();
    }
  };
}

function answerTo(call: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once('response', resolve);
    // Stays on: a request that fails while its answer is read says so once more.
    call.on('error', reject);
    call.once('close', () => reject(new Error('The connection ended without an answer.')));
    call.end(body);
  });
}

function readText(answer: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = () => {
      clearTimeout(timer);
      answer.destroy();
      resolve(Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8'));
    };
    const timer = setTimeout(done, BODY_GRACE_MS);
    answer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) done();
    });
    answer.once('end', done);
    // A body that breaks off changes nothing: the receiver has answered.
    answer.on('error', done);
    answer.once('close', done);
  });
}

/** Gives a lookup the form that `net.connect` takes. */
export function asNodeLookup(lookup: HostLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined)
          return callback(
            Object.assign(new Error(`The host "${hostname}" has no address.`), {
              code: 'ENOTFOUND',
            }),
            '',
            0,
          );
        if (options.all === true) return callback(null, [...addresses]);
        return callback(null, first.address, first.family);
      },
      (thrown: unknown) => callback(toError(thrown), '', 0),
    );
  };
}
