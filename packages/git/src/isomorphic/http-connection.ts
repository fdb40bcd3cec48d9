import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { GitError } from '../errors.ts';
import type { CredentialLookup } from '../types.ts';
import type { Deadline } from './deadline.ts';
import { type HttpAddress, httpAddress } from './http-address.ts';
import { statusError, transportError } from './http-failure.ts';

/** What a Git client asks an HTTP server. */
export interface HttpQuestion {
  readonly method: 'GET' | 'POST';
  /** Below the repository's address, such as `git-upload-pack`. */
  readonly path: string;
  /** Content type of the body. */
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** The content type that the answer must have. */
  readonly accept: string;
  /** Asks for version 2 of the Git protocol. */
  readonly version2?: boolean;
}

export interface HttpConnection {
  readonly address: HttpAddress;
  /** Sends one request; the answer is streamed and fails with a `GitError`. */
  ask(question: HttpQuestion, deadline: Deadline): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

export interface HttpConnectionOptions {
  readonly credentials?: CredentialLookup | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
  readonly userAgent: string;
}

const MAX_ERROR_BODY = 64 * 1024;

/**
 * Opens a connection to one repository. Sockets are kept for the next request until `close()`.
 *
 * The credential is looked up once, before the first request (which saves the round trip of a refused one), and goes to the
 * host that was asked for and to no other: a redirect is not followed, but named in the error, whether or not there is a
 * credential, so that adding one changes nothing. Over plain HTTP it goes to this machine only.
 */
export function openHttpConnection(remote: string, options: HttpConnectionOptions): HttpConnection {
  const address = httpAddress(remote);
  const secure = address.protocol === 'https';
  const withheld = !secure && !address.loopback && options.allowInsecureHttp !== true;
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  let authorization: Promise<string | undefined> | undefined;

  async function logIn(): Promise<string | undefined> {
    if (options.credentials === undefined || withheld) return undefined;
    const { protocol, host, path } = address;
    const found = await options.credentials({ protocol, host, path });
    if (found === undefined) return undefined;
    const pair = `${found.username}:${found.password.reveal()}`;
    if (/[\r\n\0]/.test(pair))
      throw new GitError(
        'GIT_INVALID_ARGUMENT',
        `The credential for "${host}" contains a line end or NUL.`,
      );
    return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
  }

  async function send(question: HttpQuestion, deadline: Deadline): Promise<IncomingMessage> {
    const { body } = question;
    authorization ??= logIn();
    const login = await authorization;
    deadline.check();
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(`${address.href}/${question.path}`, {
        method: question.method,
        agent,
        signal: deadline.signal,
        timeout: deadline.idleTimeoutMs,
        headers: {
          'user-agent': options.userAgent,
          accept: question.accept,
          'accept-encoding': 'identity',
          'cache-control': 'no-cache',
          ...(question.version2 === true ? { 'git-protocol': 'version=2' } : {}),
          ...(question.contentType === undefined ? {} : { 'content-type': question.contentType }),
          ...(body === undefined ? {} : { 'content-length': body.byteLength }),
          ...(login === undefined ? {} : { authorization: login }),
        },
      });
      let answer: IncomingMessage | undefined;
      // Once there is an answer, its reader is the one that has to hear why it ends.
      request.once('timeout', () => (answer ?? request).destroy(idleError(address, deadline)));
      request.once('error', (error) => reject(transportError(error, { address, deadline })));
      request.once('response', (response) => {
        answer = response;
        resolve(response);
      });
      // The server works on a push in silence, for as long as its hooks take: only the deadline ends that.
      if (question.path === 'git-receive-pack') request.once('finish', () => request.setTimeout(0));
      request.end(body);
    });
  }

  async function* bodyOf(response: IncomingMessage, deadline: Deadline): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of response) yield chunk as Uint8Array;
    } catch (error) {
      throw transportError(error, { address, deadline });
    } finally {
      // A reader that stops early must not keep the server sending.
      if (!response.complete) response.destroy();
    }
    deadline.check();
  }

  async function ask(
    question: HttpQuestion,
    deadline: Deadline,
  ): Promise<AsyncIterable<Uint8Array>> {
    deadline.check();
    const response = await send(question, deadline);
    const status = response.statusCode ?? 0;
    if (status === 200) {
      const type = response.headers['content-type'];
      if (type === question.accept) return bodyOf(response, deadline);
      response.destroy();
      throw new GitError(
        'GIT_REMOTE_INVALID_ANSWER',
        `The server of "${address.href}" answered with "${type ?? 'no type'}" instead of Git data.`,
      );
    }
    if (status >= 300 && status < 400) {
      response.destroy();
      throw redirectError(address, response.headers.location);
    }
    const text = await shortText(bodyOf(response, deadline));
    const lacksLogin = (await authorization) === undefined;
    if (status === 401 && withheld && options.credentials !== undefined)
      throw new GitError(
        'GIT_CREDENTIAL_NOT_SENT',
        `The server of "${address.href}" asked for a credential over plain HTTP.`,
        { hint: 'Use the https address of this server.' },
      );
    throw statusError(status, { address, text, sent: !lacksLogin });
  }

  return { address, ask, close: () => agent.destroy() };
}

function redirectError(from: HttpAddress, location: string | undefined): GitError {
  const to =
    location !== undefined && URL.canParse(location, from.href)
      ? new URL(location, from.href)
      : undefined;
  // The origin is enough to see what happens; a path or query could carry anything.
  const where = to === undefined ? 'elsewhere' : `to "${to.origin}"`;
  return new GitError(
    'GIT_CREDENTIAL_NOT_SENT',
    `The server of "${from.href}" redirects ${where}, which is not followed.`,
  );
}

function idleError(address: HttpAddress, deadline: Deadline): GitError {
  const time = deadline.idleTimeoutMs;
  return new GitError(
    'GIT_TIMEOUT',
    `The server of "${address.href}" sent nothing for ${time} milliseconds.`,
  );
}

async function shortText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_ERROR_BODY) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
