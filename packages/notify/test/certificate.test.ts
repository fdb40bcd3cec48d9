import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatch } from '@bowline/gitops-notify';
import { webhookChannel } from '@bowline/gitops-notify/webhook';
import { expect, it } from 'vitest';
import { sampleEvents } from './sample-events.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

it.skipIf(!hasOpenssl)(
  'sends nothing to a receiver whose certificate is not trusted (needs openssl)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'notify-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
      ].concat(['-keyout', key, '-out', cert, '-days', '1', '-subj', '/CN=localhost']),
      { stdio: 'ignore' },
    );
    const paths: (string | undefined)[] = [];
    const server = createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        paths.push(request.url);
        response.end();
      },
    );
    try {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const channel = webhookChannel({
        url: `https://localhost:${port}/`,
        lookup: async () => [{ address: '127.0.0.1', family: 4 }],
        allowPrivateAddresses: true,
      });
      expect(await dispatch(sampleEvents['tag.created'], [channel])).toMatchObject([
        { status: 'failed', attempts: 1, error: { code: 'NOTIFY_UNTRUSTED_CERTIFICATE' } },
      ]);
      expect(paths).toEqual([]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    }
  },
);
