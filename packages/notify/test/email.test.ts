import { Secret } from '@bowline/gitops-errors';
import {
  createRouteMemory,
  type DispatchOptions,
  dispatch,
  routeChannel,
} from '@bowline/gitops-notify';
import {
  type EmailChannelOptions,
  emailChannel,
  type HostLookup,
} from '@bowline/gitops-notify/email';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasOpenssl, selfSigned } from './certificate.ts';
import { hostileEvent } from './hostile-events.ts';
import { type MailReceiverOptions, startMailReceiver } from './mail-receiver.ts';
import { sampleEvents } from './sample-events.ts';

const event = sampleEvents['promotion.merged'];
const certificate = hasOpenssl ? selfSigned('mail.example') : undefined;
const authorities = certificate === undefined ? [] : [certificate.cert];
const here: HostLookup = async () => [{ address: '127.0.0.1', family: 4 }];
const noWait: DispatchOptions = { sleep: async () => {} };

type Options = Partial<EmailChannelOptions> & {
  readonly scheme?: string;
  readonly host?: string;
  readonly user?: string;
};

async function mail(server: MailReceiverOptions, options: Options = {}, how: DispatchOptions = {}) {
  const receiver = await startMailReceiver(server);
  const { scheme = 'smtp', host = '127.0.0.1', user, ...rest } = options;
  const channel = emailChannel({
    url: new Secret(`${scheme}://${user === undefined ? '' : `${user}@`}${host}:${receiver.port}`),
    from: 'GitOps <gitops@example.com>',
    to: ['ada@example.com'],
    clock: () => new Date('2026-11-20T20:31:00Z'),
    ...(host === 'mail.example' ? { lookup: here } : {}),
    ...rest,
  });
  const [result] = await dispatch(event, [channel], { ...noWait, ...how });
  return { result, receiver, channel, mails: receiver.mails };
}

describe('a mail', () => {
  it('arrives with its headers, as text and HTML', async () => {
    const { result, mails } = await mail(
      {},
      { to: ['ada@example.com', 'Grace <grace@example.org>', 'ada@example.com'] },
    );
    expect(result).toMatchObject({ channel: 'email', status: 'delivered', attempts: 1 });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({
      from: 'gitops@example.com',
      to: ['ada@example.com', 'grace@example.org'],
    });
    const [head = '', ...body] = mails[0]?.data.split('\r\n\r\n') ?? [];
    const headers = Object.fromEntries(
      head
        .replace(/\r\n\s+/g, ' ')
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    expect(headers).toMatchObject({
      From: 'GitOps <gitops@example.com>',
      To: 'ada@example.com, Grace <grace@example.org>',
      Subject: '[acme/gitops-k8s] Promotion merged: shop/web_2.1.0',
      'Message-ID': `<${event.id}@example.com>`,
      'Auto-Submitted': 'auto-generated',
      Date: 'Fri, 20 Nov 2026 20:31:00 +0000',
      'MIME-Version': '1.0',
    });
    expect(headers['References']).toMatch(/^<[0-9a-f-]{36}\.thread@example\.com>$/);
    expect(headers['In-Reply-To']).toBe(headers['References']);
    expect(Object.keys(headers).filter((name) => name.startsWith('X-'))).toEqual([]);
    expect(headers['Content-Type']).toMatch(/^multipart\/alternative;/);
    expect(body.join()).toContain('Content-Type: text/plain; charset=utf-8');
    expect(body.join()).toContain('Content-Type: text/html; charset=utf-8');
  });

  it('does not go to a server that begins a line with a dot in another way: text is kept', async () => {
    const receiver = await startMailReceiver();
    const channel = emailChannel({
      url: `smtp://127.0.0.1:${receiver.port}`,
      from: 'a@b.example',
      to: ['c@d.example'],
    });
    const dotted = { ...event, actor: { name: '.\r\n.\r\nQUIT' } };
    expect(await dispatch(dotted, [channel])).toMatchObject([{ status: 'delivered' }]);
    expect(receiver.mails).toHaveLength(1);
    expect(receiver.commands).not.toContain('QUIT');
    expect(receiver.mails[0]?.data).toContain('. . QUIT');
  });
});

describe('whatever an event holds', () => {
  it('becomes one mail to the same people, with the same headers', async () => {
    const receiver = await startMailReceiver();
    const url = `smtp://127.0.0.1:${receiver.port}`;
    const channel = emailChannel({ url, from: 'a@b.example', to: ['c@d.example'] });
    const events = fc.sample(hostileEvent, 25);
    for (const hostile of events)
      expect(await dispatch(hostile, [channel], noWait)).toMatchObject([{ status: 'delivered' }]);
    expect(receiver.mails).toHaveLength(events.length);
    const names = (data: string) =>
      data
        .slice(0, data.indexOf('\r\n\r\n'))
        .match(/^[^\s:]+(?=:)/gm)
        ?.join(' ');
    expect(new Set(receiver.mails.map(({ data }) => names(data)))).toEqual(
      new Set([
        'Auto-Submitted From To In-Reply-To References Subject Message-ID Date MIME-Version Content-Type',
      ]),
    );
    for (const { to, data } of receiver.mails) {
      expect(to).toEqual(['c@d.example']);
      for (const line of data.split('\r\n')) expect(line.length).toBeLessThan(998);
    }
    const verbs = new Set(receiver.commands.map((command) => command.split(/[ :]/, 1)[0]));
    expect(verbs).toEqual(new Set(['EHLO', 'MAIL', 'RCPT', 'DATA']));
  });
});

describe.skipIf(!hasOpenssl)('encryption (needs openssl)', () => {
  const login = 'me@example.com:p:w/ö-canary-41d0';
  const user = 'me%40example.com:p%3Aw%2F%C3%B6-canary-41d0';
  const secure = { host: 'mail.example', certificateAuthorities: authorities };

  it('comes by STARTTLS before the login', async () => {
    const { result, mails, receiver } = await mail({ certificate, login }, { ...secure, user });
    expect(result).toMatchObject({ status: 'delivered' });
    expect(mails).toMatchObject([{ encrypted: true, login }]);
    expect(receiver.commands.indexOf('STARTTLS')).toBeLessThan(receiver.commands.indexOf('AUTH'));
  });

  it('is there from the start with smtps', async () => {
    const options = { ...secure, user, scheme: 'smtps' };
    const { mails } = await mail({ certificate, login, implicitTls: true }, options);
    expect(mails).toMatchObject([{ encrypted: true, login }]);
  });

  it.each(['smtp', 'smtps'])(
    'with an untrusted certificate sends nothing by %s',
    async (scheme) => {
      const server = { certificate, login, implicitTls: scheme === 'smtps' };
      const { result, mails, receiver } = await mail(server, {
        host: 'mail.example',
        user,
        scheme,
      });
      expect(result).toMatchObject({
        attempts: 1,
        error: { code: 'NOTIFY_UNTRUSTED_CERTIFICATE' },
      });
      expect(mails).toEqual([]);
      expect(receiver.commands).not.toContain('AUTH');
    },
  );

  it('with a certificate for another name sends nothing', async () => {
    const options = {
      host: 'other.example',
      lookup: here,
      certificateAuthorities: authorities,
      user,
    };
    const { result, receiver } = await mail({ certificate, login }, options);
    expect(result).toMatchObject({ attempts: 1, error: { code: 'NOTIFY_UNTRUSTED_CERTIFICATE' } });
    expect(receiver.commands).not.toContain('AUTH');
  });

  it('ignores what was said in plain text after STARTTLS', async () => {
    const answer = (command: string) =>
      command === 'STARTTLS' ? '220 go\r\n250-mail.test\r\n250 AUTH CANARY' : undefined;
    const { result, mails } = await mail({ certificate, answer }, secure);
    expect(result).toMatchObject({ status: 'delivered' });
    expect(mails).toMatchObject([{ encrypted: true }]);
  });
});

describe('without encryption', () => {
  it('nothing is sent to another machine', async () => {
    const login = 'me:canary-5b1c';
    const { result, mails, receiver } = await mail(
      { login },
      { host: 'mail.example', user: login },
    );
    expect(result).toMatchObject({
      attempts: 1,
      error: { code: 'NOTIFY_ENCRYPTION_REFUSED', retryable: false },
    });
    expect(mails).toEqual([]);
    expect(receiver.commands).not.toContain('AUTH');
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  it('nothing is sent by smtps to a port that speaks no TLS, and the next step is told', async () => {
    const { result, mails } = await mail({}, { host: 'mail.example', scheme: 'smtps' });
    expect(result).toMatchObject({
      attempts: 1,
      error: {
        code: 'NOTIFY_ENCRYPTION_REFUSED',
        message: expect.stringMatching(/: what answers at this port does not speak TLS\.$/),
        hint: expect.stringContaining('smtp://'),
      },
    });
    expect(mails).toEqual([]);
  });

  it('mail goes to a server that the options trust', async () => {
    const { result, mails } = await mail({}, { host: 'mail.example', allowUnencrypted: true });
    expect(result).toMatchObject({ status: 'delivered' });
    expect(mails).toMatchObject([{ encrypted: false }]);
  });

  it('a name of this machine must lead to it', async () => {
    const lookup: HostLookup = async () => [{ address: '10.1.2.3', family: 4 }];
    const { result } = await mail({}, { host: 'localhost', lookup });
    expect(result).toMatchObject({ attempts: 1, error: { code: 'NOTIFY_ADDRESS_REFUSED' } });
  });

  it.each(['169.254.169.254', '[fd00:ec2::254]', '0.0.0.0'])('%s is refused', async (host) => {
    const { result } = await mail({}, { host });
    expect(result).toMatchObject({ attempts: 1, error: { code: 'NOTIFY_ADDRESS_REFUSED' } });
  });
});

const is = (command: string, verb: string) => command.split(' ', 1)[0] === verb;
const once = (verb: string, reply: string) => (command: string, count: number) =>
  is(command, verb) && count === 0 ? reply : undefined;
const always = (verb: string, reply: string) => (command: string) =>
  is(command, verb) ? reply : undefined;

describe('what a server refuses', () => {
  it.each([
    ['GREETING', '421 4.3.2 later'],
    ['MAIL', '451 4.7.1 greylisted'],
    ['RCPT', '450 4.2.0 mailbox busy'],
    ['DATA', '452 4.3.1 no space'],
    ['DATA-END', '451 4.3.0 trouble'],
    ['DATA-END', 'destroy'],
    ['MAIL', 'end'],
    ['GREETING', 'destroy'],
  ])('for now is tried again: %s %s', async (verb, reply) => {
    const { result, mails } = await mail({ answer: once(verb, reply) });
    expect(result).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(mails).toHaveLength(1);
  });

  it.each([
    ['MAIL', '550 5.7.1 not you', 'NOTIFY_REJECTED', false],
    ['RCPT', '550 5.7.1 spam canary-of-nobody', 'NOTIFY_REJECTED', false],
    ['RCPT', '554 5.2.0 no', 'NOTIFY_REJECTED', false],
    ['RCPT', '550 5.1.1 unknown', 'NOTIFY_CHANNEL_GONE', true],
    ['RCPT', '550 no such user', 'NOTIFY_CHANNEL_GONE', true],
    ['RCPT', '553 5.1.3 bad mailbox', 'NOTIFY_CHANNEL_GONE', true],
    ['DATA', '554 5.6.0 no', 'NOTIFY_REJECTED', false],
    ['DATA-END', '550 5.7.1 spam', 'NOTIFY_REJECTED', false],
    ['DATA-END', '552 5.3.4 too big', 'NOTIFY_REJECTED', false],
    ['GREETING', '554 5.3.2 no', 'NOTIFY_REJECTED', false],
  ])('for good is not tried again: %s %s', async (verb, reply, code, permanent) => {
    const { result, mails } = await mail({ answer: always(verb, reply) });
    expect(result).toMatchObject({ status: 'failed', attempts: 1, permanent, error: { code } });
    expect(JSON.stringify(result)).toContain(reply.slice(0, 3));
    expect(mails).toEqual([]);
  });

  it('is tried again for those alone who did not get it', async () => {
    const to = ['ada@example.com', 'bob@example.com', 'eve@example.com'];
    const { result, mails } = await mail(
      {
        answer: (command, count) =>
          command.includes('bob') && count < 4 ? '450 4.2.0 busy' : undefined,
      },
      { to },
    );
    expect(result).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(mails.map((one) => one.to)).toEqual([
      ['ada@example.com', 'eve@example.com'],
      ['bob@example.com'],
    ]);
  });

  it('and then the message as well: nobody got it, and all are tried again', async () => {
    const to = ['ada@example.com', 'bob@example.com'];
    let broken = false;
    const answer = (command: string) => {
      if (broken) return undefined;
      broken = command === 'DATA';
      return broken
        ? '452 4.3.1 no space'
        : is(command, 'RCPT') && command.includes('bob')
          ? '450 4.2.0 busy'
          : undefined;
    };
    const { result, mails } = await mail({ answer }, { to });
    expect(result).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(mails.map((one) => one.to)).toEqual([to]);
  });

  it('of some for good is told, and does not end the channel', async () => {
    const to = ['ada@example.com', 'bob@example.com'];
    const answer = (command: string) => (command.includes('bob') ? '550 5.1.1 unknown' : undefined);
    const { result, mails } = await mail({ answer }, { to });
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 1,
      permanent: false,
      error: { code: 'NOTIFY_REJECTED', details: { status: 550, refused: 1 } },
    });
    expect(result).toMatchObject({
      error: { message: expect.stringContaining('1 of 2 recipients') },
    });
    expect(mails.map((one) => one.to)).toEqual([['ada@example.com']]);
  });

  it('switches a routed channel off when nobody is there', async () => {
    const { channel } = await mail({ answer: always('RCPT', '550 5.1.1 unknown') });
    const memory = createRouteMemory();
    const routed = routeChannel(channel, {}, { memory });
    await dispatch(event, [routed], noWait);
    expect(await dispatch(event, [routed])).toMatchObject([{ status: 'skipped' }]);
  });

  it('shows no password, also when the server says it back', async () => {
    const wrong = 'canary-wrong-8a2e';
    const said = Buffer.from(`\0me\0${wrong}`).toString('base64');
    const answer = always('AUTH', `535 5.7.8 ${wrong} and ${said} are wrong`);
    const { result } = await mail({ login: 'me:right', answer }, { user: `me:${wrong}` });
    expect(result).toMatchObject({
      attempts: 1,
      permanent: false,
      error: { code: 'NOTIFY_REJECTED' },
    });
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(JSON.stringify(result)).not.toContain(said);
  });

  it('a login that the server does not offer is no reason to send without it', async () => {
    const { result, mails } = await mail({}, { user: 'me:canary-77f0' });
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'NOTIFY_REJECTED' },
    });
    expect(mails).toEqual([]);
  });
});

describe('a server that does not answer', () => {
  it.each(['GREETING', 'EHLO', 'MAIL', 'DATA-END'])(
    'at %s is left when the attempt ends, and gets the mail with the next one',
    async (verb) => {
      const stalled = Promise.withResolvers<void>();
      const answer = (command: string, count: number) => {
        if (!is(command, verb) || count > 0) return undefined;
        stalled.resolve();
        return 'stall';
      };
      const receiver = await startMailReceiver({ answer });
      const channel = emailChannel({
        url: `smtp://127.0.0.1:${receiver.port}`,
        from: 'a@b.example',
        to: ['c@d.example'],
      });
      const stop = new AbortController();
      const running = channel.deliver(event, { signal: stop.signal, attempt: 1 });
      await stalled.promise;
      const reason = new Error('the time is up');
      stop.abort(reason);
      await expect(running).rejects.toBe(reason);
      await expect(channel.deliver(event, { signal: stop.signal, attempt: 2 })).rejects.toBe(
        reason,
      );
      const { signal } = new AbortController();
      await channel.deliver(event, { signal, attempt: 2 });
      expect(receiver.mails).toHaveLength(1);
    },
  );

  it('is said to be down', async () => {
    const receiver = await startMailReceiver();
    const channel = emailChannel({
      url: `smtp://127.0.0.1:1`,
      from: 'a@b.example',
      to: ['c@d.example'],
    });
    expect(receiver.port).not.toBe(1);
    expect(await dispatch(event, [channel], { ...noWait, attempts: 2 })).toMatchObject([
      { status: 'failed', attempts: 2, error: { code: 'NOTIFY_UNAVAILABLE', retryable: true } },
    ]);
  });
});
