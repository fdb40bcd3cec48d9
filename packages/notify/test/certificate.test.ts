import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dispatch } from '@bowline/gitops-notify';
import { webhookChannel } from '@bowline/gitops-notify/webhook';
import { expect, it, vi } from 'vitest';
import { hasOpenssl, selfSigned } from './certificate.ts';
import { sampleEvents } from './sample-events.ts';

it.skipIf(!hasOpenssl).each(['1', '0'])(
  'sends nothing to a receiver whose certificate is not trusted, with NODE_TLS_REJECT_UNAUTHORIZED=%s (needs openssl)',
  async (reject) => {
    const paths: (string | undefined)[] = [];
    const server = createServer(selfSigned('localhost'), (request, response) => {
      paths.push(request.url);
      response.end();
    });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', reject);
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
      vi.unstubAllEnvs();
      await new Promise((resolve) => server.close(resolve));
    }
  },
);
