import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import { toneColours } from '../chat/tone.ts';
import type { GitOpsEvent } from '../event.ts';

/** The most characters in all embeds of a message (https://discord.com/developers/docs/resources/message#embed-object-embed-limits). */
export const MAX_EMBED_CHARACTERS = 6_000;
/** The longest description of an embed (same page). */
export const MAX_DESCRIPTION_CHARACTERS = 4_096;
/** The longest title of an embed (same page). Titles are written by this package and far shorter. */
export const MAX_TITLE_CHARACTERS = 256;

/** A message as a webhook of Discord takes it, with the members that this package uses. */
export interface DiscordMessage {
  /** Replaces the name of the webhook. */
  readonly username?: string;
  readonly embeds: readonly [DiscordEmbed];
  /** Mentions nobody, whatever stands in the texts. */
  readonly allowed_mentions: { readonly parse: readonly [] };
}

/** An embed of a {@link DiscordMessage}. */
export interface DiscordEmbed {
  readonly title: string;
  /** Where the title leads to: the most important page of the event. */
  readonly url?: string;
  /** A colour as a number. */
  readonly color: number;
  /** Markdown, in which all text from outside is escaped. */
  readonly description: string;
}

/**
 * Renders an event as a message with one embed, for a webhook of Discord.
 *
 * Text from outside is escaped, so that no Markdown, mention, emoji code or address in it is live. Within every limit of embeds, counted in UTF-16 units:
 * long lists end in "… and 12 more".
 */
export function renderDiscordMessage(event: GitOpsEvent): DiscordMessage {
  return fitMessage(event, {
    render,
    fits: ({ embeds: [embed] }) =>
      embed.title.length <= MAX_TITLE_CHARACTERS &&
      embed.description.length <= MAX_DESCRIPTION_CHARACTERS &&
      embed.title.length + embed.description.length <= MAX_EMBED_CHARACTERS,
  });
}

function render(shown: ShownEvent): DiscordMessage {
  const [first] = shown.links;
  const { changes, more } = shown;
  const paragraphs = [
    shown.facts.map(({ title, value }) => `**${title}:** ${escapeMarkdown(value)}`),
    changes.length === 0 && more === undefined
      ? []
      : [
          `**${shown.changesTitle}**`,
          ...changes.map((change) => `- ${escapeMarkdown(change)}`),
          ...(more === undefined ? [] : [`- *${more}*`]),
        ],
    [shown.links.map(({ title, url }) => `[${linkText(title)}](${linkTarget(url)})`).join(' · ')],
  ];
  return {
    embeds: [
      {
        title: shown.title,
        ...(first === undefined ? {} : { url: first.url }),
        color: Number.parseInt(toneColours[shown.tone], 16),
        description: paragraphs
          .map((lines) => lines.join('\n'))
          .filter((paragraph) => paragraph !== '')
          .join('\n\n'),
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

/**
 * Escapes what Discord reads in the description of an embed: Markdown anywhere or at the beginning of a line, mentions, time stamps and emoji codes
 * (all in angle brackets), and addresses, which it would turn into links. Also entities of HTML, for servers that take the messages of Discord.
 */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\*_~`|[\]<@]|:(?=\/\/)|&(?=#?\w{1,32};)/g, '\\$&')
    .replace(/^[-+#>]/, '\\$&')
    .replace(/^(\d+)\./, '$1\\.');
}

/** Brackets would end the text of a link; an escaped one is not understood by every client. */
function linkText(text: string): string {
  return escapeMarkdown(text.replace(/\[/g, '(').replace(/\]/g, ')'));
}

/** Encodes what would end the target of a link and is left alone by `URL`. */
function linkTarget(url: string): string {
  return url.replace(
    /[()[\]<>\\`|*_~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
