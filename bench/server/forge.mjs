/**
 * A forge that answers at once: the three calls of Bitbucket Cloud that change an image, from memory, the same for both servers. It checks
 * that what is committed holds the image, and counts.
 *
 * Prints its port, then on each line of stdin what it has counted.
 */
import { createServer } from 'node:http';
import process from 'node:process';
import { anchored, manifest } from './manifest.mjs';

const sha = 'a'.repeat(40);
const made = 'b'.repeat(40);
const files = { usual: Buffer.from(manifest), anchored: Buffer.from(anchored) };
const json = (value) => Buffer.from(JSON.stringify(value));
const meta = json({
  type: 'commit_file',
  path: 'shop/web_deployment.yaml',
  size: files.usual.length,
  attributes: [],
  commit: { type: 'commit', hash: sha },
});
const counted = { reads: 0, commits: 0, wrong: 0 };

const server = createServer((request, response) => {
  const send = (status, body, type, headers = {}) => {
    response.writeHead(status, { 'content-type': type, 'content-length': body.length, ...headers });
    response.end(body);
  };
  if (request.method === 'GET') {
    counted.reads += 1;
    if (request.url.includes('format=meta')) send(200, meta, 'application/json');
    else {
      const file = request.url.includes('anchored') ? files.anchored : files.usual;
      send(200, file, 'application/octet-stream');
    }
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    counted.commits += 1;
    const body = Buffer.concat(chunks).toString('latin1');
    // The image is new, and the comments of the file are still there.
    if (
      !/image: registry\.example\.com\/shop\/web:[0-9.]+/.test(body) ||
      !body.includes('# The shop')
    )
      counted.wrong += 1;
    const location = `http://${request.headers.host}/2.0/repositories/acme/gitops/commit/${made}`;
    send(201, Buffer.alloc(0), 'text/plain', { location });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('data', () => process.stdout.write(`${JSON.stringify(counted)}\n`));
process.stdin.on('end', () => process.exit(0));
