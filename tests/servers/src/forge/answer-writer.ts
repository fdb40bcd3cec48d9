import type { ServerResponse } from 'node:http';
import type { Answer } from './exchange.ts';
import type { SimulatedFault } from './faults.ts';

/** Writes an answer, as a fault wants it. */
export function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: SimulatedFault | undefined,
): void {
  if (fault?.kind === 'drop-after') {
    response.destroy();
    return;
  }
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'answer-after') {
    write(response, madeUp(fault));
    return;
  }
  if (fault?.kind === 'truncate') {
    const bytes = toBytes(answer);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': bytes.length + 10 });
    response.write(bytes.subarray(0, Math.max(1, bytes.length >> 1)), () => response.destroy());
    return;
  }
  write(response, answer);
}

/** Makes the answer of a fault. */
export function madeUp(
  fault: Extract<SimulatedFault, { kind: 'answer' | 'answer-after' }>,
): Answer {
  return {
    status: fault.status,
    bytes: Buffer.from(fault.body ?? ''),
    headers: { 'content-type': 'application/json', ...fault.headers },
  };
}

function toBytes(answer: Answer): Buffer {
  return answer.json === undefined
    ? Buffer.from(answer.bytes ?? [])
    : Buffer.from(JSON.stringify(answer.json), 'utf8');
}

function write(response: ServerResponse, answer: Answer): void {
  const bytes = toBytes(answer);
  response.writeHead(answer.status, {
    ...(answer.json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...answer.headers,
    // RFC 9110, 8.6: an answer without content has no length; that of 304 would be the length of the other answer.
    ...(answer.status === 204 || answer.status === 304 ? {} : { 'content-length': bytes.length }),
  });
  response.end(bytes);
}
