// Sends a signed webhook to a receiver in the same program, which checks the signature.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@bowline/gitops-errors';
import { createEvent, dispatch } from '@bowline/gitops-notify';
import { verifySignature, webhookChannel } from '@bowline/gitops-notify/webhook';

const secret = new Secret('a secret that both sides know');
const receiver = createServer((request, response) => {
  const chunks: Uint8Array[] = [];
  request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  request.on('end', () => {
    const checked = verifySignature(
      { headers: request.headers, body: Buffer.concat(chunks) },
      secret,
    );
    console.log(checked.valid ? 'received, signature valid' : `refused: ${checked.reason}`);
    response.writeHead(checked.valid ? 204 : 401).end();
  });
});
await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
const { port } = receiver.address() as AddressInfo;

const event = createEvent('tag.created', {
  actor: { name: 'Ada Lovelace' },
  repository: { fullName: 'acme/shop' },
  data: { tag: 'v2.1.0', sha: '9fceb02d0ae598e95dc970b74767f19372d61af8' },
});
// Loopback is a private address: a program must allow those on purpose.
const channel = webhookChannel({
  url: `http://127.0.0.1:${port}/`,
  secret,
  allowPrivateAddresses: true,
});
for (const result of await dispatch(event, [channel])) {
  console.log(result.channel, result.status);
}
receiver.close();
