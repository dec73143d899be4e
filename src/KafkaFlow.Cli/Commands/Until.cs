using KafkaFlow.Cli.Local;

namespace KafkaFlow.Cli.Commands;

internal static class Until
{
    /// <summary>Waits for SIGTERM or Ctrl-C; a host that fails ends the wait with its exception.</summary>
    public static async Task CancelledAsync(Hosts hosts, CancellationToken cancel)
    {
        try
        {
            await hosts.FailedAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
    }
}
