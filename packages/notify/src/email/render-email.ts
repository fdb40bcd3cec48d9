import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import { assertEventId } from '../create-event.ts';
import type { GitOpsEvent } from '../event.ts';
import { subjectNames, threadId } from '../event-subject.ts';
import { cleanText } from '../text.ts';

/** What a mail says, before it is put into MIME. */
export interface EmailMessage {
  /** One line of at most 150 characters. */
  readonly subject: string;
  readonly text: string;
  /** The same as `text`, for programs that show HTML. Loads nothing from elsewhere. */
  readonly html: string;
  /** With angle brackets; made of the id of the event, so that a mail that comes twice can be known. */
  readonly messageId: string;
  /** Names the thread: the same for all events of one branch, service, sync or pipeline. No message has this id. */
  readonly references: string;
}

const MAX_SUBJECT = 150;
const MAX_REPOSITORY = 60;
const MAX_BYTES = 64 * 1024;

/**
 * Renders an event as a mail: plain text with an HTML alternative.
 *
 * Text from outside is redacted, freed of control and invisible characters, cut to length, and escaped in the HTML; only http(s) addresses become links.
 *
 * @param domain The domain of the sender, for the ids.
 * @throws NotifyError `NOTIFY_INVALID_EVENT` when the id of the event breaks its rule
 */
export function renderEmail(event: GitOpsEvent, domain: string): EmailMessage {
  assertEventId(event.id);
  return fitMessage(event, {
    render: (shown): EmailMessage => ({
      subject: subjectLine(event, shown),
      text: plainText(shown),
      html: htmlText(shown),
      messageId: `<${event.id}@${domain}>`,
      references: `<${threadId(event)}.thread@${domain}>`,
    }),
    fits: ({ text, html }) => Buffer.byteLength(text + html, 'utf8') <= MAX_BYTES,
  });
}

function subjectLine(event: GitOpsEvent, { title }: ShownEvent): string {
  const repository = cleanText(event.repository?.fullName ?? '', MAX_REPOSITORY);
  const where = repository === '' ? '' : `[${repository}] `;
  const about = cleanText(subjectNames(event).join(' '), MAX_SUBJECT);
  return cleanText(`${where}${title}${about === '' ? '' : `: ${about}`}`, MAX_SUBJECT);
}

function plainText(shown: ShownEvent): string {
  const { title, facts, changesTitle, changes, more, links } = shown;
  const list = [...changes.map((change) => `- ${change}`), ...(more === undefined ? [] : [more])];
  return [
    title,
    '',
    ...facts.map((fact) => `${fact.title}: ${fact.value}`),
    ...(list.length === 0 ? [] : ['', `${changesTitle}:`, ...list]),
    ...(links.length === 0 ? [] : ['', ...links.map((link) => `${link.title}: ${link.url}`)]),
    '',
  ].join('\n');
}

function htmlText(shown: ShownEvent): string {
  const { title, facts, changesTitle, changes, more, links } = shown;
  const rows = facts.map(
    (fact) =>
      `<tr><th align="left">${escapeHtml(fact.title)}</th><td>${escapeHtml(fact.value)}</td></tr>`,
  );
  const items = [...changes, ...(more === undefined ? [] : [more])].map(
    (item) => `<li>${escapeHtml(item)}</li>`,
  );
  const anchors = links.map(
    (link) => `<a href="${escapeHtml(link.url)}" rel="noreferrer">${escapeHtml(link.title)}</a>`,
  );
  return [
    '<!doctype html>',
    `<html><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head><body>`,
    `<h2>${escapeHtml(title)}</h2>`,
    '<table cellpadding="4">',
    ...rows,
    '</table>',
    ...(items.length === 0
      ? []
      : [`<h3>${escapeHtml(changesTitle)}</h3>`, '<ul>', ...items, '</ul>']),
    ...(anchors.length === 0 ? [] : [`<p>${anchors.join(' · ')}</p>`]),
    '</body></html>',
    '',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
