import { expect, it } from 'vitest';
import { serverLogText } from './server-log.ts';

it.each([
  [
    { level: 'info', time: '2026-11-20T23:27:14.825Z', msg: 'Server listening at http://[::1]:1' },
    '23:27:14 Server listening at http://[::1]:1\n',
  ],
  [
    {
      level: 'warn',
      time: '2026-11-20T23:27:14.825Z',
      msg: 'request',
      reqId: 'r-1',
      method: 'GET',
      url: '/health\u001b[2J',
      status: 200,
      ms: 2,
      caller: 'ada',
    },
    '23:27:14 warn: request: GET /health\uFFFD[2J 200 2 ms ada r-1\n',
  ],
])('shows an entry of the log in one line, without control characters', (entry, text) => {
  expect(serverLogText(`${JSON.stringify(entry)}\n`)).toBe(text);
});
