import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const PATH = 'shop/web_deployment.yaml';
const KEY = 'canary-signing-key';
const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { spec: { containers: [ { name: web, image: "registry.example.com/shop/web:2.0.3" } ] } } }
`;

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the tools of the people got. */
interface Inbox {
  readonly requests: Received[];
  readonly mails: string[];
}

const port = (server: Server) => (server.address() as AddressInfo).port;
const listen = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Receives webhooks and CDEvents. `/gone` is a target that does not exist any more. */
function startHttp(requests: Received[]): Server {
  return createHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(request.url === '/gone' ? 410 : 202).end();
    });
  });
}

/** Takes mail (RFC 5321) from whoever logs in. */
function startSmtp(mails: string[]): Server {
  return createServer((socket) => {
    let buffered = '';
    let inMessage = false;
    socket.on('error', () => socket.destroy());
    socket.write('220 mail.test\r\n');
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      buffered += chunk;
      for (;;) {
        const end = buffered.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + (inMessage ? 5 : 2));
        if (inMessage) {
          mails.push(line);
          inMessage = false;
          socket.write('250 taken\r\n');
        } else if (/^EHLO/i.test(line)) socket.write('250-mail.test\r\n250 8BITMIME\r\n');
        else if (/^DATA/i.test(line)) {
          inMessage = true;
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else socket.write('250 ok\r\n');
      }
    });
  });
}

describe('the notifications of the command', () => {
  const got: Inbox = { requests: [], mails: [] };
  const http = startHttp(got.requests);
  const smtp = startSmtp(got.mails);
  let machine: Machine;
  let root: string;
  let count = 0;

  beforeAll(async () => {
    machine = await freshMachine({ git: false });
    await Promise.all([listen(http), listen(smtp)]);
  });
  afterAll(async () => {
    http.close();
    smtp.close();
    await machine.close();
  });
  beforeEach(async () => {
    got.requests.length = 0;
    got.mails.length = 0;
    count += 1;
    root = join(machine.home, `repositories-${count}`);
    await createLocalRepository({
      root,
      name: 'gitops-k8s',
      branches: { prod: { [PATH]: manifest } },
    });
  });

  const configure = async (channels: readonly string[]) => {
    const path = join(machine.home, `settings-${count}.yaml`);
    const lines = channels.map((channel) => `    - { ${channel} }\n`).join('');
    await writeFile(path, `notifications:\n  channels:\n${lines}`);
    return path;
  };
  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const ran = await machine.json([...args, '--remote', 'local', '--org', root], {
      env: { GITOPS_TRIGGERED_BY: 'ada', HOOK_KEY: KEY, ...env },
    });
    expect(ran.stdout + ran.stderr).not.toContain('canary');
    return ran;
  };
  const promote = (tag: string, config: string) =>
    run([
      'k8s-pr',
      'prod',
      'shop',
      'web',
      `registry.example.com/shop/web:${tag}`,
      '--approve-merge',
      '--config',
      config,
    ]);
  const hook = (name: string, rules = '') =>
    `name: ${name}, type: webhook, url: "http://127.0.0.1:${port(http)}/${name}", allowPrivateAddresses: true${rules}`;
  const paths = () => got.requests.map(({ path }) => path).sort();

  it('go where the rules of gitops.yaml send them: events, severity, repositories', async () => {
    const config = await configure([
      hook('all', ', secret: { env: HOOK_KEY }'),
      hook('promotions', ', events: ["promotion.*"]'),
      hook('bad-news', ', severity: warning'),
      hook('elsewhere', ', repositories: ["acme/*"]'),
      hook('here', ', repositories: ["gitops-*"], events: ["job.failed"]'),
    ]);
    const merged = await promote('2.1.0', config);
    expect(merged).toMatchObject({ code: 0, stderr: '', data: { merged: true } });
    expect(paths()).toEqual(['/all', '/promotions']);
    expect(merged.data['notifications']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ channel: 'all', status: 'delivered' }),
        expect.objectContaining({ channel: 'promotions', status: 'delivered' }),
      ]),
    );
    const [first] = got.requests.filter(({ path }) => path === '/all');
    // Standard Webhooks 1.0.
    const id = `${first?.headers['webhook-id']}.${first?.headers['webhook-timestamp']}`;
    const signature = createHmac('sha256', KEY).update(`${id}.${first?.body}`).digest('base64');
    expect(first?.headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(first?.body).toContain('registry.example.com/shop/web:2.1.0');
    expect(first?.body).toContain('"ada"');

    got.requests.length = 0;
    const failed = await run(['create-branch', 'gitops-k8s', 'absent', 'b', '--config', config]);
    expect(failed.code).toBe(1);
    expect(paths()).toEqual(['/all', '/bad-news', '/here']);

    got.requests.length = 0;
    const dry = await run([
      'create-branch',
      'gitops-k8s',
      'prod',
      'b',
      '--dry-run',
      '--config',
      config,
    ]);
    expect(dry).toMatchObject({ code: 0, data: { notifications: [] } });
    expect(got.requests).toEqual([]);
  });

  it('go to a mail server and to a receiver of CDEvents, in both modes', async () => {
    const events = `url: "http://127.0.0.1:${port(http)}/events", allowPrivateAddresses: true`;
    const config = await configure([
      `name: structured, type: cdevents, mode: structured, source: /gitops/test, ${events}`,
      `name: binary, type: cdevents, source: /gitops/test, ${events}`,
      `name: mail, type: email, url: { env: TEST_SMTP }, from: gitops@example.com, to: [ada@example.com]`,
    ]);
    const ran = await run(
      ['k8s-pr', 'prod', 'shop', 'web', '2.1.0', '--approve-merge', '--config', config],
      { TEST_SMTP: `smtp://127.0.0.1:${port(smtp)}` },
    );
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const [structured, binary, ...others] = [...got.requests].sort((one, other) =>
      `${one.headers['content-type']}`.localeCompare(`${other.headers['content-type']}`),
    );
    expect(structured?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(others).toEqual([]);
    const whole = JSON.parse(structured?.body ?? '');
    expect(whole).toMatchObject({ specversion: '1.0', source: '/gitops/test' });
    expect(whole.type).toMatch(/^dev\.cdevents(?:x)?\./);
    expect(binary?.headers).toMatchObject({ 'ce-type': whole.type, 'ce-source': '/gitops/test' });
    expect(JSON.parse(binary?.body ?? '')).toMatchObject({ context: { type: whole.type } });
    expect(got.mails).toHaveLength(1);
    expect(got.mails[0]).toMatch(/^To: .*ada@example\.com/m);
    expect(got.mails[0]).toContain('shop/web');
  });

  it('are a warning where they fail, and the job is done all the same', async () => {
    const config = await configure([hook('gone'), hook('all')]);
    const ran = await promote('2.1.0', config);
    expect(ran).toMatchObject({ code: 0, data: { merged: true } });
    expect(ran.stderr).toContain('Warning: The notification to "gone" failed');
    expect(paths()).toEqual(['/all', '/gone']);
  });
});
