import { printable } from '../terminal.ts';

interface LogEntry {
  readonly level?: string;
  readonly time?: string;
  readonly msg?: string;
  readonly reqId?: string;
  readonly method?: string;
  readonly url?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly caller?: string;
}

/** Makes a line for people of a line of the server's log: time, what happened, and the facts of the request. */
export function serverLogText(line: string): string {
  const entry = JSON.parse(line) as LogEntry;
  const { level, time = '', msg = '', method, url, status, ms, caller, reqId } = entry;
  const facts = [method, url, status, ms === undefined ? undefined : `${ms} ms`, caller, reqId]
    .filter((fact) => fact !== undefined)
    .join(' ');
  const told = facts === '' ? msg : `${msg}: ${facts}`;
  const loud = level === undefined || level === 'info' ? '' : `${level}: `;
  return `${time.slice(11, 19)} ${loud}${printable(told)}\n`;
}
