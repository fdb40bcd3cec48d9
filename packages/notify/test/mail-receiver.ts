import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.ts';

/** A mail as the server took it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message with its headers, without dot-stuffing. */
  readonly data: string;
  readonly encrypted: boolean;
  /** What the client logged in with, as `user:password`. */
  readonly login: string | undefined;
}

/** What a mail server does. */
export interface MailReceiverOptions {
  /** Offers STARTTLS; with `implicitTls` every connection begins encrypted. */
  readonly certificate?: Certificate | undefined;
  readonly implicitTls?: boolean | undefined;
  /** `user:password`; without it AUTH is not offered. */
  readonly login?: string | undefined;
  /**
   * Answers a command in another way; `DATA-END` is the message. `stall` says nothing, `end` closes the writing side, `destroy` breaks the connection.
   *
   * @param count How often this command came before, over all connections.
   */
  readonly answer?: (command: string, count: number) => string | undefined;
}

/** A real SMTP server on the loopback interface (RFC 5321), as small as can be. */
export interface MailReceiver {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** The commands of all connections, without what follows AUTH. */
  readonly commands: readonly string[];
}

/** Starts a mail server that is closed when the running test ends. */
export async function startMailReceiver(options: MailReceiverOptions = {}): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const { certificate, login } = options;

  const speak = (socket: Socket, encrypted: boolean) => {
    let [from, data, user, rest]: [string, string[] | undefined, string | undefined, string] = [
      '',
      undefined,
      undefined,
      '',
    ];
    let to: string[] = [];
    const reply = (command: string, usual: string) => {
      const verb = command.split(/[ :]/, 1)[0] ?? '';
      const count = counts.get(verb) ?? 0;
      counts.set(verb, count + 1);
      const answer = options.answer?.(command, count) ?? usual;
      if (answer === 'stall') return false;
      if (answer === 'destroy') socket.destroy();
      else if (answer === 'end') socket.end();
      else socket.write(`${answer}\r\n`);
      return answer.startsWith('2') || answer.startsWith('3');
    };
    const offers = [
      'mail.test',
      ...(certificate !== undefined && !encrypted ? ['STARTTLS'] : []),
      ...(login === undefined ? [] : ['AUTH PLAIN']),
      '8BITMIME',
    ];
    const ehlo = offers
      .map((offer, index) => `250${index === offers.length - 1 ? ' ' : '-'}${offer}`)
      .join('\r\n');
    const onCommand = (line: string) => {
      const verb = (line.split(/[ :]/, 1)[0] ?? '').toUpperCase();
      commands.push(verb === 'AUTH' ? 'AUTH' : line);
      const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
      if (verb === 'EHLO') reply(line, ehlo);
      else if (verb === 'STARTTLS' && certificate !== undefined && !encrypted) {
        if (!reply(line, '220 go')) return;
        socket.removeAllListeners('data');
        speak(new TLSSocket(socket, { isServer: true, ...certificate }), true);
      } else if (verb === 'AUTH' && login !== undefined) {
        const [, name, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString('utf8')
          .split('\0');
        user = `${name}:${password}`;
        reply(line, user === login ? '235 welcome' : '535 5.7.8 wrong password');
      } else if (verb === 'MAIL') {
        [from, to] = [address, []];
        reply(line, '250 ok');
      } else if (verb === 'RCPT') {
        if (reply(line, '250 ok')) to.push(address);
      } else if (verb === 'DATA') {
        if (reply(line, '354 go on')) data = [];
      } else reply(line, verb === 'QUIT' ? '221 bye' : '502 5.5.1 not known');
    };
    const onLine = (line: string) => {
      if (data === undefined) onCommand(line);
      else if (line === '.') {
        const text = data.join('\r\n');
        data = undefined;
        if (reply('DATA-END', '250 queued'))
          mails.push({ from, to, data: text, encrypted, login: user });
      } else data.push(line.replace(/^\./, ''));
    };
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const lines = `${rest}${chunk.toString('utf8')}`.split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    if (!encrypted || options.implicitTls === true) reply('GREETING', '220 mail.test ready');
  };

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const first =
      options.implicitTls === true
        ? new TLSSocket(socket, { isServer: true, ...certificate })
        : socket;
    socket.on('error', () => {});
    speak(first, first !== socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    commands,
  };
}
