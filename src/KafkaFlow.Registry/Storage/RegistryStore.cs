using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Subjects;

namespace KafkaFlow.Registry.Storage;

/// <summary>
/// The one place through which the registry changes: one change at a time is decided on the state of the whole topic,
/// written, and answered when it is written. Owns the log.
/// </summary>
internal sealed class RegistryStore(SchemasLog log) : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _turn = new(1);
    private bool _isDisposed;

    /// <exception cref="Kafka.KafkaUnavailableException">Not written, or not known to be.</exception>
    public async Task<Answer> ChangeAsync(Func<Decision> decide, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(() => Change(decide), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A change under way ends by the time-outs of its writes; one that does not keeps its clients.
        if (!await _turn.WaitAsync(StopTimeout)) return;
        _isDisposed = true;
        log.Dispose();
        _turn.Release();
    }

    private Answer Change(Func<Decision> decide)
    {
        log.Settle();
        var decision = decide();
        if (decision.Records.Count > 0) log.Append(decision.Records);
        return decision.Answer;
    }
}
