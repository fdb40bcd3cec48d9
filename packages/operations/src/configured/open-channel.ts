import type { ChannelConfig } from '@bowline/gitops-config';
import type { Channel } from '@bowline/gitops-notify';

/** Makes one channel without its rules, and loads the code for it only now. */
export async function openChannel(channel: ChannelConfig, source: string): Promise<Channel> {
  switch (channel.type) {
    case 'teams':
      return (await import('@bowline/gitops-notify/teams')).teamsChannel(channel);
    case 'slack':
      return (await import('@bowline/gitops-notify/slack')).slackChannel(channel);
    case 'discord':
      return (await import('@bowline/gitops-notify/discord')).discordChannel(channel);
    case 'google-chat':
      return (await import('@bowline/gitops-notify/google-chat')).googleChatChannel(channel);
    case 'webhook':
      return (await import('@bowline/gitops-notify/webhook')).webhookChannel(channel);
    case 'cdevents':
      return (await import('@bowline/gitops-notify/cdevents')).cdeventsChannel({
        ...channel,
        source: channel.source ?? source,
      });
    case 'email':
      return (await import('@bowline/gitops-notify/email')).emailChannel(channel);
  }
}
