using KafkaFlow.Broker.Server;

namespace KafkaFlow.Broker.Logs;

/// <summary>Retention and compaction of all logs and the expiry of offsets and transactional ids, in the background,
/// one pass at a time.</summary>
internal sealed class LogCare : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly BrokerCore _core;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _pass = new();
    private readonly Task _running;

    public LogCare(BrokerCore core)
    {
        _core = core;
        _running = Task.Run(RunAsync);
    }

    /// <param name="retains">Whether old segments and offsets go, too.</param>
    public void RunOnce(bool retains = true)
    {
        lock (_pass)
        {
            if (retains)
            {
                _core.Groups.ExpireOffsets();
                _core.Transactions.Expire();
            }
            foreach (var topic in _core.Catalog.Topics)
                foreach (var log in topic.Partitions)
                {
                    if (_stop.IsCancellationRequested) return;
                    if (retains) log.Retain();
                    if (log.Config.Compacts) Cleaner.Clean(log, _core.Context, _stop.Token);
                }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(StopLimit);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var clock = _core.Options.Clock;
        var retained = clock.GetTimestamp();
        using var timer = new PeriodicTimer(_core.Options.CleaningInterval, clock);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
                var isTime = clock.GetElapsedTime(retained) >= _core.Options.RetentionInterval;
                if (isTime) retained = clock.GetTimestamp();
                RunOnce(isTime);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) when (error is IOException or BrokerException or BrokerCrashedException)
            {
                if (error is not BrokerCrashedException) Log.BackgroundFailed(
                    _core.Logger, error, "retention and compaction");
            }
        }
    }
}
