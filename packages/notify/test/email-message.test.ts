import { readFile, writeFile } from 'node:fs/promises';
import { Secret } from '@bowline/gitops-errors';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { emailChannel, renderEmail } from '@bowline/gitops-notify/email';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileEvent } from './hostile-events.ts';
import { sampleEvents } from './sample-events.ts';

// To accept a change on purpose: UPDATE_GOLDEN=1 vitest run packages/notify, then biome check --write, then read the diff.
const update = process.env['UPDATE_GOLDEN'] === '1';
const domain = 'example.com';

describe('golden', () => {
  it.each(Object.values(sampleEvents))('renders $type as its golden file says', async (event) => {
    const file = new URL(`./golden/email/${event.type}.json`, import.meta.url);
    const { text, html, ...rest } = renderEmail(event, domain);
    const message = { ...rest, text: text.split('\n'), html: html.split('\n') };
    if (update) await writeFile(file, `${JSON.stringify(message, null, 2)}\n`);
    expect(message).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});

describe('whatever an event holds', () => {
  const forbidden =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

  it('a mail is small and shows no secret, its subject is one line, and its HTML is its own', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const { subject, text, html, messageId, references } = renderEmail(event, domain);
        for (const shown of [subject, text, html]) {
          expect(shown).not.toContain('canary');
          expect(shown).not.toMatch(forbidden);
          expect(shown.isWellFormed()).toBe(true);
        }
        expect(subject).not.toContain('\n');
        expect(Array.from(subject).length).toBeLessThanOrEqual(150);
        expect(Buffer.byteLength(text + html)).toBeLessThanOrEqual(64 * 1024);
        expect(`${messageId} ${references}`).toMatch(
          /^<[\w-]+@example\.com> <[0-9a-f-]{36}\.thread@example\.com>$/,
        );
        const tags = new Set(Array.from(html.matchAll(/<\/?([a-z0-9!]+)/gi), ([, tag]) => tag));
        for (const tag of tags)
          expect([
            '!doctype',
            'html',
            'head',
            'meta',
            'title',
            'body',
            'h2',
            'h3',
            'table',
            'tr',
            'th',
            'td',
            'ul',
            'li',
            'p',
            'a',
          ]).toContain(tag);
        for (const [, url] of html.matchAll(/href="([^"]*)"/g)) expect(url).toMatch(/^https?:\/\//);
        expect(html).not.toMatch(/\s(?:on\w+|src|style)\s*=(?=[^<]*>)/i);
      }),
      { numRuns: 80 },
    );
  });

  it('a line that looks like a header stays in the subject', () => {
    const event = {
      ...sampleEvents['tag.created'],
      repository: { fullName: 'acme/x\r\nBcc: eve@evil.example' },
      data: { tag: 'v1\r\n\r\n<script>', sha: 'abc' },
    } as GitOpsEvent;
    expect(renderEmail(event, domain).subject).toBe(
      '[acme/x Bcc: eve@evil.example] Tag created: v1 <script>',
    );
  });

  it('the subject of a task names the task', () => {
    expect(renderEmail(sampleEvents['task.finished'], domain).subject).toBe(
      '[acme/gitops-k8s] Task succeeded: build shop/web_2.1.0 unit tests',
    );
  });

  it('a repository of which nothing can be seen is left out of the subject', () => {
    const event = { ...sampleEvents['tag.created'], repository: { fullName: '\u200b' } };
    expect(renderEmail(event, domain).subject).toBe('Tag created: v2.1.0');
  });
});

describe('threads', () => {
  const reference = (event: GitOpsEvent) => renderEmail(event, domain).references;

  it('hold the events of one branch, service, sync or pipeline', () => {
    const { 'deployment.failed': failed, 'deployment.succeeded': succeeded } = sampleEvents;
    const later = { ...succeeded, data: { ...succeeded.data, revision: 'f'.repeat(40) } };
    expect(reference(later)).toBe(reference(failed));
    expect(reference(sampleEvents['promotion.merged'])).toBe(
      reference(sampleEvents['branch.created']),
    );
    expect(reference(sampleEvents['task.started'])).toBe(
      reference(sampleEvents['pipeline.queued']),
    );
    expect(reference(sampleEvents['sync.drifted'])).toBe(reference(sampleEvents['sync.succeeded']));
    const elsewhere = { ...failed, data: { ...failed.data, environment: 'test' } };
    expect(reference(elsewhere)).not.toBe(reference(failed));
  });
});

describe('emailChannel', () => {
  const good = { url: 'smtp://mail.example.com', from: 'a@example.com', to: ['b@example.com'] };

  it.each([
    { url: 'https://mail.example.com' },
    { url: 'mail.example.com:25' },
    { url: 'smtp://' },
    { url: 'smtp://me:canary@mail.example.com/path' },
    { url: 'smtp://me:canary@mail.example.com?tls=no' },
    { url: 'smtp://me@mail.example.com' },
    { url: 'smtp://:canary@mail.example.com' },
    { url: 'smtp://me:canary%zz@mail.example.com' },
    { url: 'smtp://me:canary%0d%0aRSET@mail.example.com' },
    { url: `smtp://me:${'canary'.repeat(1000)}@mail.example.com` },
    { url: new Secret('canary not a url') },
    { from: 'nobody' },
    { from: 'a@example.com\r\nBcc: eve@evil.example' },
    { from: 'A\u0000B <a@example.com>' },
    { from: '"a@evil.example x"@example.com' },
    { from: 'a@example.com, eve@evil.example' },
    { from: 'a@-example.com' },
    { from: 'group: a@example.com;' },
    { to: [] },
    { to: ['a@example.com (eve@evil.example)'] },
    { to: ['<a@example.com>\n'] },
    { to: Array.from({ length: 51 }, (_, index) => `a${index}@example.com`) },
  ])('refuses %o when it is made', (wrong) => {
    expect(() => emailChannel({ ...good, ...wrong })).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.not.stringContaining('canary'),
      }),
    );
  });

  it.each([
    { url: 'smtps://mail.example.com' },
    { url: 'smtp://[::1]:2525/' },
    { from: 'Ada Lovelace <ada.lovelace+gitops@mail.example.com>' },
    { from: '"Lovelace, Ada" <ada@example.com>' },
    { from: 'ada@bücher.example' },
    { to: ['<b@example.com>'] },
  ])('takes %o', (options) => {
    expect(emailChannel({ ...good, ...options }).name).toBe('email');
  });
});
