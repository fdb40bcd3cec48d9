import type { Config } from '@bowline/gitops-config';
import type { Channel, RouteMemory } from '@bowline/gitops-notify';
import { openChannel } from './open-channel.ts';

/** A channel that nobody can be told through, and why. */
export interface UnusableChannel {
  readonly name: string;
  readonly error: unknown;
}

/** What {@link openChannels} may be told. */
export interface OpenChannelsOptions {
  /** Names of the channels to open. @default all */
  readonly only?: readonly string[] | undefined;
  /** Is told of each channel that cannot be used; the others are opened all the same. */
  readonly onUnusable: (channel: UnusableChannel) => void;
  /** What was told before, for `repeat` and for recoveries. A program that goes on running keeps one. @default an empty one */
  readonly routeMemory?: RouteMemory | undefined;
  /** Gives the time in milliseconds since 1970, for `repeat`. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Source of CDEvents where neither the channel nor the server names one. */
const DEFAULT_SOURCE = '/bowline/gitops';

/**
 * Opens the channels of the configuration, each with its rules. Loads the code of the tools that are configured, and of no others.
 *
 * Sends nothing. A channel with an address that cannot be used stops nobody: it is left out and reported.
 *
 * @returns The channels in the order of the configuration.
 *
 * @example
 * ```ts
 * import { loadConfig } from '@bowline/gitops-config';
 * import { openChannels } from '@bowline/gitops-operations/configured';
 *
 * const { config } = await loadConfig({
 *   environment: { GITOPS_WEBHOOK_URL: 'https://ci.example.com/hook' },
 *   homeDirectory: '/home/ada',
 *   workingDirectory: '/srv/shop',
 * });
 * const channels = await openChannels(config, { onUnusable: ({ name }) => console.error(name) });
 * console.log(channels.map(({ name }) => name));
 * //=> ['webhook']
 * ```
 */
export async function openChannels(
  config: Pick<Config, 'notifications'> & { readonly server: Pick<Config['server'], 'publicUrl'> },
  options: OpenChannelsOptions,
): Promise<readonly Channel[]> {
  const { only, onUnusable, now } = options;
  const { createRouteMemory, routeChannel } = await import('@bowline/gitops-notify');
  const memory = options.routeMemory ?? createRouteMemory();
  const source = config.server.publicUrl ?? DEFAULT_SOURCE;
  const wanted = config.notifications.channels.filter(
    ({ name }) => only === undefined || only.includes(name),
  );
  const opened = await Promise.all(
    wanted.map(async (channel) => {
      try {
        const { events, severity, repositories, repeatMs: repeat } = channel;
        const rule = { events, severity, repositories, repeat };
        return routeChannel(await openChannel(channel, source), rule, { memory, now });
      } catch (error) {
        onUnusable({ name: channel.name, error });
        return undefined;
      }
    }),
  );
  return opened.filter((channel) => channel !== undefined);
}
