import { Agent, request } from 'node:http';

/** Sends requests over a number of kept connections. @returns Requests per second and the time of each, in milliseconds, sorted. */
export async function load({ port, requests, connections, body }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times = [];
  let next = 0;
  const started = performance.now();
  const worker = async () => {
    while (next < requests) {
      const index = next;
      next += 1;
      const begun = performance.now();
      const { status, text } = await post({ agent, port, body: body(index) });
      times.push(performance.now() - begun);
      if (status !== 200 || !text.includes('"changed":true'))
        throw new Error(`request ${index} was answered ${status}: ${text.slice(0, 500)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    agent.destroy();
  }
  const perSecond = (requests * 1000) / (performance.now() - started);
  return { perSecond, times: times.sort((a, b) => a - b) };
}

function post({ agent, port, body }) {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/v1/gitops/set-image-yaml',
        headers: { 'content-type': 'application/json', 'content-length': bytes.length },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** The value below which a share of a sorted list lies. */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
