/** What a plugin did wrong, thrown to its test; `cause` is what the plugin threw. */
export class PluginFault extends Error {
  override readonly name = "PluginFault";
  readonly plugin: string;

  constructor(plugin: string, where: string, cause: unknown) {
    super(`${plugin} failed in ${where}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.plugin = plugin;
  }
}
