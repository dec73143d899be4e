namespace KafkaFlow.Streams;

/// <summary>The first thing that went wrong in one run of an instance; it ends the run. Thread-safe.</summary>
internal sealed class InstanceFailure : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private Exception? _first;

    public InstanceFailure(CancellationToken cancel) => _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);

    /// <summary>Cancelled at the first failure and when the instance is asked to stop.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>A background thread did not end in time and may still use the clients: they are left open.</summary>
    public bool HasStragglers { get; set; }

    public bool HasFailed => Volatile.Read(ref _first) is not null;

    public void Report(Exception failure)
    {
        if (Interlocked.CompareExchange(ref _first, failure, null) is null) _stop.Cancel();
    }

    /// <summary>Ends the background work of a run that ends without failure.</summary>
    public void Stop() => _stop.Cancel();

    /// <exception cref="StreamsException">Something failed before.</exception>
    public void ThrowIfAny()
    {
        if (Volatile.Read(ref _first) is { } first)
            throw new StreamsException(first.Message, first)
            {
                IsFinal = first is StreamsException { IsFinal: true },
                IsFenced = first is StreamsException { IsFenced: true },
            };
    }

    public void Dispose() => _stop.Dispose();
}
